import { type Chain, extendChain, lastSegment } from '../core/chain.ts';
import { descriptorDigest, segmentOf } from '../core/descriptor.ts';
import { compareGenerations } from '../core/generation.ts';
import type { ServerId } from '../core/ids.ts';
import type { CloseRecord, LogletState } from '../core/logletState.ts';
import type { LogServer } from '../ports/LogServer.ts';
import { askAll } from './askAll.ts';
import { logletOf } from './loglets/loglets.ts';

type Servers = ReadonlyMap<ServerId, LogServer>;

/**
 * Where a log has gone on since a chain was read, as its servers tell it: a close record is written once a later loglet
 * is active on a commit quorum, and names the next one, whose descriptor says the rest. What this gives was in the
 * register, but is not its value: a trim, or a store that was retired, is not seen. For appends and reads only.
 */
export async function followed(servers: Servers, chain: Chain): Promise<Chain> {
  for (let known = chain; ; ) {
    const next = await nextOf(servers, known);
    if (next === undefined) return known;
    known = next;
  }
}

async function nextOf(servers: Servers, chain: Chain): Promise<Chain | undefined> {
  const last = lastSegment(chain);
  const { copies } = await logletOf(last, servers).states();
  const records = copies.flatMap(({ state }) => state.close ?? []);
  const [record] = records;
  // Two that differ were written by two control planes: which of them was right is for a recovery to say.
  if (record === undefined || records.some((one) => !sameRecord(one, record))) return undefined;
  const state = await stateOf(servers, record);
  if (state === undefined) return undefined;
  const { descriptor } = state;
  const continues =
    descriptor.clusterId === chain.clusterId &&
    descriptor.logId === chain.logId &&
    descriptor.index === last.index + 1 &&
    descriptor.start === record.end &&
    descriptor.chainVersion === record.successor.chainVersion &&
    descriptor.lineage[0]?.logletId === last.logletId &&
    compareGenerations(descriptor.generation, chain.generation) >= 0;
  if (!continues) return undefined;
  const { generation, chainVersion: version, nextRules, snapshots, retired } = descriptor;
  const extended = extendChain(chain, segmentOf(descriptor), { nextRules, snapshots, retired });
  return { ...extended, generation, version };
}

function sameRecord(a: CloseRecord, b: CloseRecord): boolean {
  return a.end === b.end && a.successor.logletId === b.successor.logletId;
}

/** Any sound copy of the successor: a descriptor is the same bytes on every store. */
async function stateOf(servers: Servers, { successor }: CloseRecord): Promise<LogletState | undefined> {
  const { logletId, nodeset } = successor;
  const members = nodeset.map(({ serverId }) => serverId);
  const replies = await askAll(servers, members, async (server) => {
    const [one] = await server.states([logletId]);
    return one?.answer ?? { ok: false, refusal: { code: 'notProvisioned', logletId } };
  });
  return replies
    .flatMap((reply) => (reply.said === 'yes' ? [reply.value] : []))
    .find(
      ({ descriptor, descriptorDigest: claimed }) =>
        descriptor.logletId === logletId && descriptorDigest(descriptor) === claimed,
    );
}
