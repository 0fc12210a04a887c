import type { RestoredLog } from '../../codec/results/testRestore.ts';
import { canonicalJson } from '../../core/canonical.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import { descriptorDigest, segmentOf } from '../../core/descriptor.ts';
import type { ServerId } from '../../core/ids.ts';
import type { LogletState } from '../../core/logletState.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import { askAll } from '../../virtuallog/askAll.ts';

type Problem = RestoredLog['problems'][number];

/** What the LogServers hold of the segments that a snapshot names. Those wholly below the trim point may be gone. */
export async function compareWithLoglets(
  logServers: ReadonlyMap<ServerId, LogServer>,
  chain: Chain,
): Promise<{ readonly confirmed: number; readonly problems: Problem[] }> {
  const problems: Problem[] = [];
  let confirmed = 0;
  for (const segment of chain.segments) {
    const copies = await copiesOf(logServers, segment);
    const found = compareSegment(chain, segment, copies);
    problems.push(...found);
    if (copies.length > 0 && !found.some(({ kind }) => kind === 'mismatch')) confirmed += 1;
  }
  return { confirmed, problems };
}

async function copiesOf(
  logServers: ReadonlyMap<ServerId, LogServer>,
  segment: Segment,
): Promise<LogletState[]> {
  const members = segment.nodeset.map(({ serverId }) => serverId);
  const replies = await askAll(logServers, members, async (server) => {
    const [held] = await server.states([segment.logletId]);
    return held?.answer ?? { ok: false, refusal: { code: 'notProvisioned', logletId: segment.logletId } };
  });
  return replies.flatMap((reply) => (reply.said === 'yes' ? [reply.value] : []));
}

function compareSegment(chain: Chain, segment: Segment, copies: readonly LogletState[]): Problem[] {
  const name = `Segment ${segment.index} of log ${chain.logId}`;
  if (copies.length === 0) {
    const mayBeGone = segment.end !== undefined && segment.end <= chain.trimPoint;
    if (mayBeGone || segment.loss !== undefined) return [];
    return [
      { kind: 'unproven', message: `${name}: no server that answers holds loglet ${segment.logletId}.` },
    ];
  }
  return copies.flatMap((copy) => compareCopy(name, { chain, segment, copy })).slice(0, 1);
}

function compareCopy(
  name: string,
  { chain, segment, copy }: { chain: Chain; segment: Segment; copy: LogletState },
): Problem[] {
  const { descriptor, close } = copy;
  if (descriptorDigest(descriptor) !== copy.descriptorDigest)
    return [{ kind: 'unproven', message: `${name}: a copy of its descriptor is damaged.` }];
  if (descriptor.logId !== chain.logId || !isSame(segment, segmentOf(descriptor)))
    return [{ kind: 'mismatch', message: `${name} is another one in the loglet's own descriptor.` }];
  if (segment.end !== undefined && close !== undefined && close.end !== segment.end)
    return [
      {
        kind: 'mismatch',
        message: `${name} ends at ${segment.end}, and its loglet was closed at ${close.end}.`,
      },
    ];
  if (segment.end === undefined && close !== undefined && close.successor.chainVersion > chain.version)
    return [
      {
        kind: 'behind',
        message: `${name} is the last one in the snapshot, and was continued since by version ${close.successor.chainVersion}.`,
      },
    ];
  return [];
}

/** A recovery may know less of a segment than its descriptor says, never otherwise. */
function isSame(segment: Segment, described: Segment): boolean {
  const { end: _, loss: __, snapshotRequired: ___, sequencer, ...rest } = segment;
  const { sequencer: theirs, ...descriptor } = described;
  const sameSequencer = sequencer === undefined || canonicalJson(sequencer) === canonicalJson(theirs);
  return sameSequencer && canonicalJson(rest) === canonicalJson(descriptor);
}
