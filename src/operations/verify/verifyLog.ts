import type { VerifyProblem } from '../../codec/results/verify.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { segmentOf } from '../../core/descriptor.ts';
import { type LogSituation, listed, type Situation } from '../../core/findings/situation.ts';
import type { Position } from '../../core/ids.ts';
import { liveMembers } from '../../core/reconstruct/candidates.ts';
import type { LogletFacts } from '../../core/reconstruct/facts.ts';
import { joined } from '../../core/reconstruct/segments.ts';
import { lowerBound } from '../assess/tails.ts';
import type { Cluster } from '../cluster.ts';
import { verifyArchived } from './archived.ts';
import { type Compared, type CopySpan, common, compareCopies } from './compare.ts';

export interface LogCheck {
  readonly problems: readonly VerifyProblem[];
  readonly segments: number;
  readonly copies: number;
  readonly positions: bigint;
  readonly entries: number;
  readonly bytes: number;
  readonly descriptors: number;
}

/** Reads every copy of every segment of one log, up to where its positions are determined. */
export async function verifyLog(
  cluster: Cluster,
  log: LogSituation,
  { servers }: Situation,
  progress: (detail: string) => void,
): Promise<LogCheck> {
  const { path } = log.rebuilt.branching;
  const total = { segments: 0, copies: 0, positions: 0n, entries: 0, bytes: 0, descriptors: 0 };
  const problems: VerifyProblem[] = [];
  for (const [place, facts] of path.entries()) {
    progress(`segment ${facts.index}, ${place + 1} of ${path.length}`);
    const next = path[place + 1];
    const end = next?.start ?? (log.last === undefined ? facts.start : lowerBound(log.last));
    const compared = await compareCopies(cluster.logServers, facts.logletId, spansOf(facts, log, end));
    total.segments += 1;
    total.copies += compared.copies;
    total.positions += compared.positions;
    total.entries += compared.entries;
    total.bytes += compared.bytes;
    total.descriptors += facts.copies.length;
    const listedAs = log.register?.segments.find((one) => one.logletId === facts.logletId);
    const archived = listedAs && log.register && (await verifyArchived(cluster, log.register, listedAs));
    total.entries += archived?.entries ?? 0;
    total.bytes += archived?.bytes ?? 0;
    problems.push(...(archived?.problems ?? []));
    const silent = facts.nodeset
      .map((member) => member.serverId)
      .filter((id) => servers.get(id)?.state === 'unreachable');
    problems.push(
      ...dataProblems(log, facts, compared, silent),
      ...descriptorProblems(log, facts),
      ...(next === undefined ? [] : openProblems(log, facts)),
    );
  }
  return { ...total, problems };
}

/** Above a final end there is only quarantine; below the trim point nothing is promised. */
function spansOf(facts: LogletFacts, { rebuilt }: LogSituation, end: Position): CopySpan[] {
  const promised = { from: rebuilt.trimPoint, to: end };
  return liveMembers(facts).map(({ serverId, state }) => ({
    serverId,
    ...common({ from: state.firstHeld, to: state.localTail }, promised),
  }));
}

function dataProblems(
  log: LogSituation,
  facts: LogletFacts,
  compared: Compared,
  silent: readonly string[],
): VerifyProblem[] {
  const { logId } = log;
  const about = { logId, logletId: facts.logletId } as const;
  const where = `segment ${facts.index} of log ${logId}`;
  const problems: VerifyProblem[] = [];
  for (const [serverId, positions] of compared.damaged)
    problems.push({
      ...about,
      weighs: 'risk',
      kind: 'damaged',
      message: `${serverId} holds damaged entries of ${where}: ${counted(positions)}. They are not served.`,
      servers: [serverId],
      positions: runs(positions),
      next: 'vlog-dr repair',
    });
  for (const [serverId, why] of compared.stopped)
    problems.push({
      ...about,
      weighs: 'risk',
      kind: 'unreadable copy',
      message: `The copy of ${where} on ${serverId} could not be read to its end: ${why}. What it holds there is not verified.`,
      servers: [serverId],
      next: null,
    });
  if (compared.different.length > 0)
    problems.push({
      ...about,
      weighs: 'loss',
      kind: 'different',
      message: `Copies of ${where} hold different entries at ${counted(compared.different)}. Nothing tells which one was acknowledged: change nothing there.`,
      servers: liveMembers(facts).map((copy) => copy.serverId),
      positions: runs(compared.different),
      next: null,
    });
  const gone = compared.nowhere.filter((position) => !isKnownMissing(log, facts, position));
  if (gone.length > 0)
    problems.push({ ...about, ...goneProblem(where, gone, [...silent, ...compared.stopped.keys()]) });
  return problems;
}

/** What the states tell already is a finding of its own. */
function isKnownMissing({ rebuilt }: LogSituation, facts: LogletFacts, position: Position): boolean {
  const segment = rebuilt.segments.find((one) => one.logletId === facts.logletId);
  return segment?.missing.some((gap) => position >= gap.from && position < gap.to) ?? false;
}

/** Damaged on every copy that answers: a silent one may still be sound. */
function goneProblem(
  where: string,
  positions: readonly Position[],
  mayHave: readonly string[],
): Pick<VerifyProblem, 'weighs' | 'kind' | 'message' | 'positions' | 'next'> {
  const what = `In ${where}, ${counted(positions)} cannot be read from any server that answers`;
  const isLost = mayHave.length === 0;
  return {
    weighs: isLost ? 'loss' : 'risk',
    kind: isLost ? 'lost' : 'unreachable',
    message: isLost
      ? `${what}, and every member of its nodeset answered. They are lost, unless a backup of the log's data has them.`
      : `${what}. ${listed(mayHave)} may have them.`,
    positions: runs(positions),
    next: null,
  };
}

function counted(positions: readonly Position[]): string {
  const [first] = positions;
  return positions.length === 1 ? `position ${first}` : `${positions.length} positions from ${first} on`;
}

function runs(positions: readonly Position[]): { from: Position; to: Position }[] {
  return joined(positions.map((position) => ({ from: position, to: position + 1n }))).map(
    ({ from, to = from }) => ({ from, to }),
  );
}

/** The chain and the stores must say the same of a loglet: its servers, its policy, its sequencer. */
function descriptorProblems({ logId, register }: LogSituation, facts: LogletFacts): VerifyProblem[] {
  const segment = register?.segments.find((one) => one.logletId === facts.logletId);
  if (segment === undefined) return [];
  // A rebuilt segment may not know its sequencer; what the chain adds later is no part of a descriptor.
  const { end: _, loss: __, snapshotRequired: ___, archive: ____, ...bare } = segment;
  // An archive was native, and its copies still say so.
  const installed = { ...bare, kind: 'native' };
  const differing = facts.copies.filter(({ state }) => {
    const said = { ...segmentOf(state.descriptor), ...(!segment.sequencer && { sequencer: undefined }) };
    return canonicalJson(said) !== canonicalJson(installed);
  });
  if (differing.length === 0) return [];
  const servers = differing.map((copy) => copy.serverId);
  return [
    {
      weighs: 'risk',
      kind: 'descriptor',
      logId,
      logletId: facts.logletId,
      servers,
      message: `The descriptor of ${facts.logletId} on ${listed(servers)} is not what the register of log ${logId} says of segment ${facts.index}. These copies are not used.`,
      next: 'vlog-dr assess',
    },
  ];
}

/** A store that slept through the end of a loglet serves less than it could, and nothing is lost by it. */
function openProblems({ logId }: LogSituation, facts: LogletFacts): VerifyProblem[] {
  const open = liveMembers(facts).filter((copy) => copy.state.close === undefined);
  if (open.length === 0) return [];
  const servers = open.map((copy) => copy.serverId);
  return [
    {
      weighs: 'note',
      kind: 'not closed',
      logId,
      logletId: facts.logletId,
      servers,
      message: `${listed(servers)} ${servers.length === 1 ? 'does' : 'do'} not know that segment ${facts.index} of log ${logId} has ended.`,
      next: 'vlog-dr repair',
    },
  ];
}
