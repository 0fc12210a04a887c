import { isPortError } from '../../../core/errors.ts';
import { containsCommitQuorum } from '../../../core/quorum.ts';
import type { DigestRange } from '../../../core/restate/evidence.ts';
import { membersOf, writeSystem } from '../../../core/restate/storage.ts';
import { type ClusterNode, type Segment, serverIdOf } from '../../../core/restate/values.ts';
import type { ForeignCluster } from '../../../ports/ForeignCluster.ts';

export interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** What the nodes of a loglet hold, each by its id. Offsets. */
type Held = ReadonlyMap<number, readonly DigestRange[]>;

/**
 * Where records of [segment.base, end) are on no node that answers, or on fewer than make one durable. Told as LSNs.
 * Restate repairs what is thin when it seals; below a trim point nothing is asked for.
 */
export async function checkRecords(
  cluster: ForeignCluster,
  segment: Extract<Segment, { kind: 'replicated' }>,
  end: bigint,
  nodes: readonly { readonly node: ClusterNode; readonly address: string }[],
): Promise<{ readonly missing: readonly Range[]; readonly thin: readonly Range[] }> {
  const last = end - segment.base;
  if (last < 1n) return { missing: [], thin: [] };
  const asked = nodes.filter(({ node }) => segment.nodeset.includes(node.id));
  const held: Held = new Map(
    await Promise.all(
      asked.map(
        async ({ node, address }) =>
          [node.id, await digestOf(cluster, address, segment.logletId, last)] as const,
      ),
    ),
  );
  const system = writeSystem(
    segment.replication,
    membersOf(
      segment.nodeset,
      nodes.map(({ node }) => node),
    ),
  );
  const missing: Range[] = [];
  const thin: Range[] = [];
  for (const { from, to } of piecesOf(held, last)) {
    const holders = [...held].filter(([, ranges]) => isIn(ranges, from)).map(([id]) => serverIdOf(id));
    const range = { from: segment.base + from - 1n, to: segment.base + to - 1n };
    if (holders.length === 0) missing.push(range);
    else if (!containsCommitQuorum(system, new Set(holders))) thin.push(range);
  }
  return { missing, thin };
}

async function digestOf(
  cluster: ForeignCluster,
  address: string,
  logletId: bigint,
  last: bigint,
): Promise<readonly DigestRange[]> {
  try {
    return await cluster.digest(address, { logletId, from: 1n, to: last });
  } catch (error) {
    // It holds nothing that anybody can read now; that is what is being found out.
    if (isPortError(error)) return [];
    throw error;
  }
}

/** Pieces of [1, last] in which every node either holds all or nothing. */
function piecesOf(held: Held, last: bigint): Range[] {
  const cuts = new Set<bigint>([1n, last + 1n]);
  for (const { from, to } of [...held.values()].flat()) {
    if (from > 1n && from <= last) cuts.add(from);
    if (to < last) cuts.add(to + 1n);
  }
  const sorted = [...cuts].sort((a, b) => (a < b ? -1 : 1));
  return sorted.slice(0, -1).map((from, place) => ({ from, to: sorted[place + 1] ?? from }));
}

/** Trimmed on purpose counts as held: nobody asks for it any more. */
function isIn(ranges: readonly DigestRange[], offset: bigint): boolean {
  return ranges.some(({ from, to, state }) => from <= offset && offset <= to && state !== 'missing');
}
