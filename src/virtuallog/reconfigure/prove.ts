import type { Chain } from '../../core/chain.ts';
import { lastSegment } from '../../core/chain.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import { metaStoreUnavailable } from '../chainView.ts';
import type { LogContext } from '../context.ts';
import { writeRequired } from './snapshot.ts';

/**
 * Step 0. Sealing is for good, so all that could stop the later steps is tried first: with the MetaStore or a
 * required repository down, a healthy log would be taken down by its own reconfiguration.
 */
export async function proveWritable(ctx: LogContext, chain: Chain): Promise<void> {
  try {
    await ctx.metaStore.proveWritable(ctx.logId);
  } catch (error) {
    if (!isPortError(error)) throw error;
    if (error.failure === 'denied')
      throw new DrError('E_DENIED', {
        message: `The MetaStore refuses writes to log ${ctx.logId} (${error.message}). Nothing was sealed.`,
        cause: error,
      });
    throw metaStoreUnavailable(error);
  }
  // Under `required`, no later version may enter the repository, and no successor be activated, before this one.
  if (chain.snapshots.mode === 'required' || lastSegment(chain).snapshotRequired === true)
    await writeRequired(ctx, chain, chain.snapshots.repositoryId, 'Nothing was sealed.');
}
