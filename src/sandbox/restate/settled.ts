import { decodeChains } from '../../codec/restate/decode.ts';
import { CHAINS, type Chains } from '../../core/restate/values.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { ForeignCluster } from '../../ports/ForeignCluster.ts';

const LOOK_AGAIN_MS = 200;
/** Where nothing moved for so long nothing will: some sequencers stay beside their leader for good. */
const STILL_MS = 20_000;

/** The chains as the store has them. */
export async function readChains({ registers }: ForeignCluster): Promise<Chains> {
  const register = await registers.get(CHAINS);
  const decoded = register && decodeChains(register.bytes);
  if (decoded?.ok !== true) throw new Error(`no chains: ${decoded?.problem}`);
  return decoded.value;
}

/**
 * A new cluster moves each log's sequencer to where its partition is led. Without its store it would seal the log for that,
 * and could not go on: then calls stop, and not by the disaster's doing. Every node has heard of the last move, too: one
 * that has not refuses to seal, and would remember an older chain.
 */
export async function awaitSettled(
  cluster: ForeignCluster,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  let still = { version: 0, since: clock.now() };
  for (;;) {
    signal?.throwIfAborted();
    const [chains, partitions, nodes] = await Promise.all([
      readChains(cluster),
      cluster.partitions(),
      cluster.look(),
    ]);
    const hasHeard = nodes.every(
      ({ answer }) =>
        answer.kind !== 'answered' || (answer.ident.versions.get(CHAINS) ?? 0) >= chains.version,
    );
    const isSettled = [...chains.logs].every(([id, segments]) => {
      const last = segments.at(-1);
      const leader = partitions?.find(({ partitionId }) => partitionId === id)?.leader;
      return last?.kind === 'replicated' && leader !== undefined && last.sequencer.id === leader.id;
    });
    if (chains.version !== still.version) still = { version: chains.version, since: clock.now() };
    if (hasHeard && (isSettled || clock.now() - still.since > STILL_MS)) return;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Each partition has applied all of its log wherever it is kept; with no call under way, nothing is left to be. */
export async function awaitApplied(
  cluster: ForeignCluster,
  clock: Clock,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    const [{ logs }, replicas = []] = await Promise.all([readChains(cluster), cluster.replicas()]);
    const tails = await Promise.all(
      [...logs.keys()].map(async (id) => [id, (await cluster.findTail(id)).lsn] as const),
    );
    const isBehind = ([id, lsn]: readonly [number, bigint]) =>
      replicas.some((one) => one.partitionId === id && one.appliedLsn < lsn - 1n);
    if (!tails.some(isBehind)) return;
    await clock.sleep(LOOK_AGAIN_MS, signal);
  }
}
