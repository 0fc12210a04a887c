import { type Chain, extendChain, lastSegment, type Segment } from '../../src/core/chain.ts';
import { FIRST_GENERATION } from '../../src/core/generation.ts';
import { clusterId, incarnation, logId, logletId, serverId, storeId } from '../../src/core/ids.ts';

export const CLUSTER = clusterId('11111111-1111-4111-8111-111111111111');

const STORE = storeId('22222222-2222-4222-8222-222222222222');
const PROCESS = incarnation('33333333-3333-4333-8333-333333333333');

/** A healthy chain of one server, one segment, version 1; each test states its difference. */
export function aChain(difference: Partial<Chain> = {}): Chain {
  return {
    clusterId: CLUSTER,
    logId: logId('1'),
    generation: FIRST_GENERATION,
    version: 1,
    generationStart: 1,
    trimPoint: 0n,
    retired: [],
    segments: [segment(0, 0n)],
    nextRules: [{ durability: { kind: 'all' }, minNodesetSize: 1, minZones: 0 }],
    snapshots: { mode: 'off' },
    ...difference,
  };
}

/** The next version: one more segment, which begins `entries` later. */
export function extended(chain: Chain, entries = 10n): Chain {
  const last = lastSegment(chain);
  const { nextRules, snapshots } = chain;
  return extendChain(chain, segment(last.index + 1, last.start + entries), { nextRules, snapshots });
}

/** Versions from the given chain on, it being the first. */
export function chainVersions(first: Chain, count: number): Chain[] {
  const versions = [first];
  while (versions.length < count) versions.push(extended(versions.at(-1) ?? first));
  return versions;
}

function segment(index: number, start: bigint): Segment {
  return {
    index,
    logletId: logletId(`01J${String(index).padStart(23, '0')}`),
    kind: 'native',
    start,
    nodeset: [{ serverId: serverId('s1'), storeId: STORE, location: 'r1/z1' }],
    durability: { kind: 'all' },
    sequencer: { serverId: serverId('s1'), incarnation: PROCESS },
  };
}
