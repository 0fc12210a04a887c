import { type Chain, chainDigest, extendChain, identityOf, type Segment } from '../../core/chain.ts';
import { type Descriptor, segmentOf } from '../../core/descriptor.ts';
import { DrError, isPortError, type PortError } from '../../core/errors.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import { pause } from '../backoff.ts';
import { compareChains, metaStoreFailed } from '../chainView.ts';
import type { LogContext } from '../context.ts';
import { SEALED } from './provision.ts';

/** What became of a value that was to follow another. `current`: the register's value now. */
export type Installed =
  | { readonly installed: true; readonly current: Chain }
  | { readonly installed: false; readonly current: Chain };

/** Step 3. The register says who won; nothing else does. */
export async function install(ctx: LogContext, chain: Chain, descriptor: Descriptor): Promise<Installed> {
  const next = extendChain(chain, segmentOf(descriptor), descriptor);
  const settled = await replaceChain(ctx, { from: chain, to: next, truth: SEALED });
  if (settled.installed) return settled;
  // Somebody may have extended our chain before we could read it back: then we had won.
  const ours = settled.current.segments.some((one: Segment) => one.logletId === descriptor.logletId);
  return { installed: ours, current: settled.current };
}

/**
 * Compare-and-set whose outcome is settled. Without an answer, the register is read until it is past `from` (empty: `undefined`), and
 * the same bytes are tried again: a loglet taken for an orphan on a time-out was installed by the delayed write.
 * `truth` says what is true of the log when nothing could be written.
 */
export async function replaceChain(
  ctx: LogContext,
  { from, to, truth }: { from: Chain | undefined; to: Chain; truth: string },
): Promise<Installed> {
  const deadline = ctx.clock.now() + ctx.patience.installTimeoutMs;
  let mayBeWritten = false;
  for (let tries = 0; ; tries += 1) {
    const tried = await tryOnce(ctx.metaStore, from, to);
    if ('current' in tried) return settle(to, tried.current);
    if (isForGood(tried.error) && !mayBeWritten) throw metaStoreFailed(tried.error, truth);
    mayBeWritten ||= tried.error.failure === 'outcomeUnknown';
    if (ctx.clock.now() >= deadline)
      throw mayBeWritten ? unknown(to, tried.error) : metaStoreFailed(tried.error, truth);
    await pause(ctx, tries);
  }
}

async function tryOnce(
  metaStore: MetaStore,
  from: Chain | undefined,
  to: Chain,
): Promise<{ current: Chain | undefined } | { error: PortError }> {
  try {
    const outcome = await metaStore.compareAndSet(to.logId, from && identityOf(from), to);
    return { current: outcome.outcome === 'installed' ? to : outcome.current };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { error };
  }
}

/** No later try of the same write can end otherwise. */
function isForGood(error: PortError): boolean {
  return error.failure === 'denied' || error.failure === 'corrupt';
}

function settle(to: Chain, current: Chain | undefined): Installed {
  if (current === undefined)
    throw new DrError('E_METASTORE_LOST', {
      message: `The register of log ${to.logId} is empty where version ${to.version} was to follow another. Nothing was written.`,
    });
  if (compareChains(current, to) === 0 && chainDigest(current) === chainDigest(to))
    return { installed: true, current };
  if (compareChains(current, to) >= 0) return { installed: false, current };
  throw new DrError('E_STALE_REGISTER', {
    message: `The register of log ${to.logId} went back to version ${current.version} while ${to.version} was installed. Nothing was written.`,
  });
}

function unknown(to: Chain, cause: PortError): DrError {
  return new DrError('E_OUTCOME_UNKNOWN', {
    message: `The MetaStore did not say whether version ${to.version} of log ${to.logId} was installed (${cause.message}). Either way no entry is lost.`,
    hint: 'Run the command again when the MetaStore answers: it finishes what was begun.',
    cause,
  });
}
