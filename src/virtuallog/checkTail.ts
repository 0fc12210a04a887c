import { type Chain, lastSegment } from '../core/chain.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { Position } from '../core/ids.ts';
import { pause } from './backoff.ts';
import type { LogContext } from './context.ts';
import { determinedTail, isKnownActive, showsUnsealed } from './finality.ts';
import { logletOf } from './loglets/loglets.ts';
import { complete, reconfigure, successorStart } from './reconfigure/reconfigure.ts';

export type Tail =
  /** Linearizable: everything acknowledged before the request lies below it. */
  | { readonly kind: 'acknowledged'; readonly tail: Position }
  /** Linearizable: the sequencer was gone, the loglet was ended, and this is where its successor starts. */
  | { readonly kind: 'boundary'; readonly tail: Position }
  /** Everything below it is determined; there may be more. */
  | { readonly kind: 'lowerBound'; readonly tail: Position };

export interface CheckTailOptions {
  /** Ends the last loglet when its sequencer is gone, so that the answer is linearizable all the same. */
  readonly finish?: boolean;
}

/** How often a chain that moved on is followed before a lower bound is answered. */
const MAX_ROUNDS = 8;

/** The exclusive end of the log (protocol §3, read). */
export async function checkTail(ctx: LogContext, { finish = false }: CheckTailOptions = {}): Promise<Tail> {
  let chain = await ctx.view.usable();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const tail = await acknowledgedTail(ctx, chain);
    if (tail !== undefined) return { kind: 'acknowledged', tail };
    const newer = await ctx.view.refreshed();
    if (newer === chain) break;
    chain = newer;
    if (round > 0) await pause(ctx, round);
  }
  return finish ? boundary(ctx) : { kind: 'lowerBound', tail: await determinedTail(ctx, chain) };
}

/**
 * Both are asked after the request began: what the sequencer has acknowledged, and whether a commit quorum is not
 * sealed. Without the second, the sequencer of an ended loglet would answer for a log that went on elsewhere.
 */
async function acknowledgedTail(ctx: LogContext, chain: Chain): Promise<Position | undefined> {
  const segment = lastSegment(chain);
  const loglet = logletOf(segment, ctx.logServers);
  const asked = loglet.acknowledgedTail().catch((error: unknown) => {
    if (!isPortError(error)) throw error;
    return undefined;
  });
  const [answer, survey] = await Promise.all([asked, loglet.states()]);
  if (answer?.ok !== true || !showsUnsealed(segment, survey.copies)) return undefined;
  // Not active, its start is not final yet: the log could still be found to end elsewhere.
  return (await isKnownActive(ctx, segment, survey)) ? answer.value.tail : undefined;
}

/** A loglet that only waits for its activation is not ended for that. */
async function completed(ctx: LogContext): Promise<Chain> {
  try {
    return await complete(ctx);
  } catch (error) {
    if (error instanceof DrError && error.code === 'E_UNREACHABLE') return ctx.view.fromRegister();
    throw error;
  }
}

/** Never the tail that this client infers itself: another reconfigurer may have won with another one. */
async function boundary(ctx: LogContext): Promise<Tail> {
  const before = await completed(ctx);
  const acknowledged = await acknowledgedTail(ctx, before);
  if (acknowledged !== undefined) return { kind: 'acknowledged', tail: acknowledged };
  const { logletId } = lastSegment(before);
  const { chain } = await reconfigure(ctx, { suspect: logletId });
  const tail = successorStart(chain, logletId);
  if (tail !== undefined) return { kind: 'boundary', tail };
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: `Loglet ${logletId} left the chain of log ${ctx.logId} while it was ended. No entry was changed.`,
    hint: 'Ask again.',
  });
}
