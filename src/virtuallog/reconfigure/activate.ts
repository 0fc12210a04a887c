import { type Chain, lastSegment } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import { describeReplies } from '../askAll.ts';
import type { LogContext } from '../context.ts';
import { isKnownActive, showsActive } from '../finality.ts';
import { logletOf } from '../loglets/loglets.ts';
import { closeEnds, openEnds } from './close.ts';
import { type SnapshotOutcome, snapshotInstalled } from './snapshot.ts';

/** Step 5, first half: from a commit quorum's answer on, every end before this loglet is final. */
async function activate(ctx: LogContext, chain: Chain): Promise<void> {
  const segment = lastSegment(chain);
  const survey = await logletOf(segment, ctx.logServers).activate(chain.generation, chain.version);
  if (!ctx.knownActive.has(segment.logletId) && !showsActive(segment, survey.copies))
    throw new DrError('E_UNREACHABLE', {
      message: `Loglet ${segment.logletId} of log ${ctx.logId} is installed and could not be activated on a commit quorum: ${describeReplies(survey.replies)}. The log takes no appends until it is; no entry was changed.`,
      context: { logletId: segment.logletId },
    });
  ctx.knownActive.add(segment.logletId);
}

/**
 * Steps 4 and 5 for the chain's last loglet, whoever installed it: snapshot, activate, close. Each is idempotent, so
 * a reconfiguration that was left at any step is finished by whoever comes next.
 */
export async function completeLast(
  ctx: LogContext,
  chain: Chain,
): Promise<{ readonly snapshot: SnapshotOutcome | 'before' }> {
  const segment = lastSegment(chain);
  const survey = await logletOf(segment, ctx.logServers).states();
  let snapshot: SnapshotOutcome | 'before' = 'before';
  if (!(await isKnownActive(ctx, segment, survey))) {
    snapshot = await snapshotInstalled(ctx, chain, chain.snapshots.repositoryId);
    await activate(ctx, chain);
  } else if (survey.copies.some((copy) => copy.state.activatedAt === undefined)) {
    // A store that slept through the activation refuses entries until it is told.
    await activate(ctx, chain);
  }
  await closeEnds(ctx, chain, await openEnds(ctx, chain));
  return { snapshot };
}

/**
 * The same for a loglet that this client installed just now: how far it has come is known. The earlier ends are looked at
 * meanwhile and recorded afterwards: a close record certifies the activation.
 */
export async function completeOwn(
  ctx: LogContext,
  chain: Chain,
  predecessor: Chain,
): Promise<{ readonly snapshot: SnapshotOutcome }> {
  const activated = async () => {
    const snapshot = await snapshotInstalled(ctx, chain, predecessor.snapshots.repositoryId);
    await activate(ctx, chain);
    return snapshot;
  };
  const [snapshot, ends] = await Promise.all([activated(), openEnds(ctx, chain)]);
  await closeEnds(ctx, chain, ends);
  return { snapshot };
}
