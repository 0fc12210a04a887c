import { decodeChains, decodeNodes } from '../../codec/restate/decode.ts';
import { CHAINS, type ClusterNode, NODES, type Segment } from '../../core/restate/values.ts';
import type { ForeignCluster } from '../../ports/ForeignCluster.ts';

type Replicated = Extract<Segment, { kind: 'replicated' }>;

/** The last replicated segment of a chain: a new one is made like it. */
export function lastReplicated(segments: readonly Segment[]): Replicated | undefined {
  return segments.findLast((segment): segment is Replicated => segment.kind === 'replicated');
}

/**
 * A new segment like the last one, on those of its nodes that take records. A failed seal takes a log down, so the store is
 * proven writable first. Throws `PortError`.
 */
export async function extendLike(
  cluster: ForeignCluster,
  { logId, last, nodes }: { logId: number; last: Replicated; nodes: readonly ClusterNode[] },
): Promise<void> {
  const taking = new Set(nodes.filter((node) => node.storageState === 'read-write').map(({ id }) => id));
  const nodeset = last.nodeset.filter((id) => taking.has(id));
  const sequencer = nodeset.includes(last.sequencer.id)
    ? last.sequencer.id
    : (nodeset[0] ?? last.sequencer.id);
  await cluster.registers.proveWritable();
  await cluster.sealAndExtend({ logId, replication: last.replication, nodeset, sequencer });
}

/**
 * Completes a reconfiguration that was begun while the store was gone: a log that is sealed, and whose chain does not say
 * so, or says it and not for good, as with Restate's own moves of a log. A permanent seal stays. Throws `PortError`.
 */
export async function extendHalfSealed(cluster: ForeignCluster, logId: number): Promise<void> {
  const [chains, nodes, looks] = await Promise.all([
    cluster.registers.get(CHAINS),
    cluster.registers.get(NODES),
    cluster.look(),
  ]);
  const segments = chains && decodeChains(chains.bytes);
  const known = nodes && decodeNodes(nodes.bytes);
  if (segments?.ok !== true || known?.ok !== true) return;
  const chain = segments.value.logs.get(logId) ?? [];
  const end = chain.at(-1);
  const last = lastReplicated(chain);
  if (last === undefined || end?.kind === 'other' || (end?.kind === 'sealed' && end.permanent)) return;
  const answering = new Set(
    looks.flatMap(({ answer }) => (answer.kind === 'answered' ? [answer.ident.node?.id] : [])),
  );
  await extendLike(cluster, { logId, last, nodes: known.value.nodes.filter(({ id }) => answering.has(id)) });
}
