import { type Chain, lastSegment } from '../core/chain.ts';
import { DrError } from '../core/errors.ts';
import type { LogletId, Position } from '../core/ids.ts';
import { pause } from './backoff.ts';
import type { LogContext } from './context.ts';
import { endIsFinal } from './finality.ts';
import { reconfigure } from './reconfigure/reconfigure.ts';

/** Where a loglet ended, for good. `gone`: it left the chain, so that nothing can be said any more. */
export type FinalEnd = { readonly end: Position } | 'gone' | 'notYet';

export async function finalEnd(ctx: LogContext, chain: Chain, logletId: LogletId): Promise<FinalEnd> {
  const segment = chain.segments.find((one) => one.logletId === logletId);
  if (segment === undefined) return 'gone';
  if (segment.end === undefined || !(await endIsFinal(ctx, chain, segment))) return 'notYet';
  return { end: segment.end };
}

/**
 * Brings a loglet to its final end, or waits for whoever does, until `deadline`. A sequencer that left an outcome
 * unknown has stopped: the log needs the reconfiguration anyway.
 */
export async function awaitFinalEnd(
  ctx: LogContext,
  logletId: LogletId,
  options: { readonly deadline: number; readonly mayReconfigure: boolean },
): Promise<FinalEnd> {
  for (let tries = 0; ; tries += 1) {
    if (options.mayReconfigure && !(await tryReconfigure(ctx, logletId))) return 'notYet';
    const found = await finalEnd(ctx, await ctx.view.refreshed(), logletId);
    if (found !== 'notYet' || ctx.clock.now() >= options.deadline) return found;
    await pause(ctx, tries);
  }
}

/** `false` when it failed for good: waiting would not settle it. */
async function tryReconfigure(ctx: LogContext, suspect: LogletId): Promise<boolean> {
  try {
    await reconfigure(ctx, { suspect });
    return true;
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    return isPassing(error);
  }
}

/** Whether it may be different a moment later. */
export function isPassing(error: DrError): boolean {
  return PASSING.has(error.code);
}

const PASSING: ReadonlySet<string> = new Set([
  'E_METASTORE_UNAVAILABLE',
  'E_REPOSITORY_UNAVAILABLE',
  'E_UNREACHABLE',
  'E_UNSEALABLE',
  'E_NO_ADMISSIBLE_NODESET',
  'E_OUTCOME_UNKNOWN',
]);

/** Whether the loglet is still the one that takes appends, as far as this client knows. */
export function isLast(chain: Chain, logletId: LogletId): boolean {
  return lastSegment(chain).logletId === logletId;
}
