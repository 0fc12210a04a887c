import { type Chain, lastSegment } from '../../core/chain.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import { sameGeneration } from '../../core/generation.ts';
import type { LogContext } from '../context.ts';
import type { LogSnapshots } from '../logSnapshots.ts';

export type SnapshotOutcome = 'written' | 'failed' | 'off';

/**
 * Step 4. What the predecessor's rule required must be in the repository before the activation: only then does a
 * recovery that occupies the next version know that a loglet not listed there was never active.
 */
export async function snapshotInstalled(
  ctx: LogContext,
  chain: Chain,
  repositoryId: string | undefined,
): Promise<SnapshotOutcome> {
  if (lastSegment(chain).snapshotRequired === true) {
    const truth = `Version ${chain.version} is installed and not active: the log takes no appends until the repository answers.`;
    await writeRequired(ctx, chain, repositoryId, truth);
    return 'written';
  }
  return snapshotBestEffort(ctx, chain);
}

/** Tried, and said aloud when it fails. */
export async function snapshotBestEffort(ctx: LogContext, chain: Chain): Promise<SnapshotOutcome> {
  if (ctx.snapshots === undefined) return 'off';
  try {
    await write(ctx, ctx.snapshots, chain);
    return 'written';
  } catch (error) {
    if (!(error instanceof DrError) && !isPortError(error)) throw error;
    ctx.reporter.warn(
      `Version ${chain.version} of log ${ctx.logId} is not in the repository: ${error.message}. Run \`vlog-dr backup\`.`,
    );
    return 'failed';
  }
}

/** `truth` says what is true of the log when this fails. */
export async function writeRequired(
  ctx: LogContext,
  chain: Chain,
  repositoryId: string | undefined,
  truth: string,
): Promise<void> {
  if (ctx.snapshots === undefined)
    throw new DrError('E_REPOSITORY_UNAVAILABLE', {
      message: `Log ${ctx.logId} requires a snapshot of version ${chain.version}, and no repository is configured. ${truth}`,
      hint: 'Configure the repository of this cluster.',
    });
  try {
    await write(ctx, ctx.snapshots, chain, () => mustBeRepository(ctx, repositoryId, truth));
  } catch (error) {
    if (!isPortError(error)) throw error;
    throw new DrError(error.failure === 'denied' ? 'E_DENIED' : 'E_REPOSITORY_UNAVAILABLE', {
      message: `The snapshot of version ${chain.version} of log ${ctx.logId} could not be written (${error.message}). ${truth}`,
      cause: error,
    });
  }
}

/** A fence in one repository says nothing about snapshots in another. */
async function mustBeRepository(
  ctx: LogContext,
  repositoryId: string | undefined,
  truth: string,
): Promise<void> {
  if (repositoryId === undefined) return;
  const found = await ctx.snapshots?.repositoryId();
  if (found === repositoryId) return;
  throw new DrError('E_REPOSITORY_UNSAFE', {
    message: `Log ${ctx.logId} requires snapshots in repository ${repositoryId}, and the one configured is ${found ?? 'without identity'}. ${truth}`,
    hint: 'Configure the repository that the log names.',
  });
}

/** A lower version that nobody has any more is given up by its place being taken: nobody can act on it later. */
async function write(
  ctx: LogContext,
  snapshots: LogSnapshots,
  chain: Chain,
  guard?: () => Promise<void>,
): Promise<void> {
  const lower = (version: number) => fromHistory(ctx, chain, version);
  await snapshots.ensureSnapshot(chain, { lower, fillGaps: true, ...(guard && { guard }) });
}

async function fromHistory(ctx: LogContext, chain: Chain, version: number): Promise<Chain | undefined> {
  for await (const past of ctx.metaStore.history(ctx.logId)) {
    if (past.version === version && sameGeneration(past.generation, chain.generation)) return past;
  }
  return undefined;
}
