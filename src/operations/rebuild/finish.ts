import { type Chain, chainProblems, lastSegment } from '../../core/chain.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import { showsUnsealed } from '../../virtuallog/finality.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import { replaceChain } from '../../virtuallog/reconfigure/install.ts';
import { reconfigure } from '../../virtuallog/reconfigure/reconfigure.ts';
import type { Cluster } from '../cluster.ts';
import { logContext } from '../virtualLog.ts';

/**
 * Gives the log a last loglet that takes appends. Run again after a crash, or beside a client that was quicker, it
 * completes what is there. Too few live servers is no failure: the log is restored, and readable.
 */
export async function extendLog(
  cluster: Cluster,
  into: MetaStore,
  chain: Chain,
): Promise<{ chain: Chain; writable: boolean }> {
  const sealed = lastSegment(chain).logletId;
  try {
    const extended = await reconfigure(logContext(cluster, chain.logId, into), { suspect: sealed });
    return { chain: extended.chain, writable: true };
  } catch (error) {
    if (!(error instanceof DrError) || !PLACE_MISSING.has(error.code)) throw error;
    cluster.reporter.warn(`Log ${chain.logId} is restored and takes no appends yet: ${error.message}`);
    return { chain: (await into.get(chain.logId)) ?? chain, writable: false };
  }
}

const PLACE_MISSING: ReadonlySet<string> = new Set([
  'E_NO_ADMISSIBLE_NODESET',
  'E_UNREACHABLE',
  'E_REPOSITORY_UNAVAILABLE',
  'E_REPOSITORY_UNSAFE',
]);

/**
 * Reads the register back, and only then lets trim and collection go on: while the chain was in doubt, deleting what
 * it does not name would have made a mistake final.
 */
export async function releaseLog(cluster: Cluster, into: MetaStore, expected: Chain): Promise<Chain> {
  const ctx = logContext(cluster, expected.logId, into);
  for (let round = 0; round < RELEASE_ROUNDS; round += 1) {
    const held = mustHold(expected, await into.get(expected.logId));
    if (held.frozen !== true) return held;
    const { frozen: _, ...rest } = held;
    const thawed: Chain = { ...rest, version: held.version + 1 };
    const truth = 'Trim and collection stay frozen.';
    const { current } = await replaceChain(ctx, { from: held, to: thawed, truth });
    if (current.frozen === true) continue;
    await snapshotChain(cluster, current, held);
    return current;
  }
  throw new DrError('E_REGISTER_TAKEN', {
    message: `The register of log ${expected.logId} kept changing while it was released. Trim and collection stay frozen.`,
  });
}

/** Lost races against clients that extend the log already. */
const RELEASE_ROUNDS = 8;

function mustHold(expected: Chain, held: Chain | undefined): Chain {
  const isThere = expected.segments.every(
    (segment, place) => held?.segments[place]?.logletId === segment.logletId,
  );
  const problems = held === undefined ? ['The register is empty.'] : chainProblems(held);
  if (held !== undefined && isThere && held.version >= expected.version && problems.length === 0) return held;
  throw new DrError('E_REGISTER_TAKEN', {
    message: `The register of log ${expected.logId} does not hold what was installed: version ${held?.version ?? 'none'} instead of ${expected.version}. ${problems.join(' ')} Trim and collection stay frozen.`,
  });
}

/** Required snapshots must succeed; others are tried, and said aloud when they fail. `before`: the value it replaced. */
export async function snapshotChain(cluster: Cluster, chain: Chain, before?: Chain): Promise<void> {
  if (cluster.snapshots === undefined) return;
  try {
    await cluster.snapshots.ensureSnapshot(chain, {
      lower: async (version) => (version === before?.version ? before : undefined),
    });
  } catch (error) {
    const mayFail = isPortError(error) || (error instanceof DrError && error.code === 'E_SNAPSHOT_GAP');
    if (!mayFail || chain.snapshots.mode === 'required') throw error;
    cluster.reporter.warn(
      `Version ${chain.version} of log ${chain.logId} is not in the repository: ${error.message}.`,
    );
  }
}

/** Whether the last loglet takes appends from those who answer. */
export async function isWritable(cluster: Cluster, chain: Chain): Promise<boolean> {
  const last = lastSegment(chain);
  const { copies } = await logletOf(last, cluster.logServers).states();
  return showsUnsealed(
    last,
    copies.filter((copy) => copy.state.activatedAt !== undefined),
  );
}
