import { type Chain, lastSegment } from '../../core/chain.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { DrError } from '../../core/errors.ts';
import type { LogletId, Position } from '../../core/ids.ts';
import type { LogContext } from '../context.ts';
import { dropOrphan } from '../orphans.ts';
import { completeLast, completeOwn } from './activate.ts';
import { install } from './install.ts';
import { prove } from './prove.ts';
import { chooseSuccessor, provisionSuccessor, type SuccessorWish } from './provision.ts';
import { type Sealed, sealLast } from './seal.ts';
import type { SnapshotOutcome } from './snapshot.ts';

/**
 * A reconfiguration (protocol §3): the last loglet is ended and a new one takes appends. Any client may start it, or
 * finish another's; killed after any step, the next client goes on from what is durable.
 *
 *   0. prove     the MetaStore takes writes, enough servers answer.         Killed: nothing happened.
 *   1. seal      the last loglet; infer T; repair to T.       Killed: sealed, no writer; the next seals the same again.
 *   2. provision the descriptor on every store, start = T.    Killed: an orphan that nothing names.
 *   3. install   compare-and-set v → v+1.                     Killed: installed, not active; the next begins at 4.
 *   4. snapshot  v+1, after all lower versions.               Killed: as after 3; the snapshot is not written twice.
 *   5. activate  on a commit quorum, then close what came before. Killed between: ends are final, not yet recorded.
 */
export interface ReconfigureRequest extends SuccessorWish {
  /** Only if this loglet is still the last one: whoever suspects a loglet does not want to end its successor. */
  readonly suspect?: LogletId;
}

export interface Reconfigured {
  /** `superseded`: another client's loglet took over; it was completed, and nothing of ours is in the chain. */
  readonly outcome: 'installed' | 'superseded';
  readonly chain: Chain;
  /** Present when this client sealed the predecessor. */
  readonly sealed?: Extract<Sealed, { sealed: 'yes' }>;
  readonly snapshot: SnapshotOutcome | 'before';
}

/** Lost races against trims only: each one means that somebody else made progress. */
const MAX_ROUNDS = 16;

export async function reconfigure(ctx: LogContext, request: ReconfigureRequest): Promise<Reconfigured> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const chain = await ctx.view.fromRegister();
    if (request.suspect !== undefined && lastSegment(chain).logletId !== request.suspect)
      return superseded(ctx, chain);
    const live = await prove(ctx, chain);
    const first = chooseSuccessor(ctx, chain, live, { wish: request, truth: 'Nothing was changed.' });
    const sealed = await sealLast(ctx, chain);
    if (sealed.sealed === 'closed') {
      await mustKnow(ctx, chain, sealed.successor);
      continue;
    }
    const descriptor = await provisionSuccessor(ctx, chain, sealed.tail, { wish: request, first });
    const result = await installAndComplete(ctx, chain, descriptor, sealed);
    if (result !== 'again') return result;
  }
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: `The chain of log ${ctx.logId} kept changing while it was reconfigured; nothing was installed by this client. No entry was changed.`,
    hint: 'Run the command again.',
  });
}

/** Finishes whatever reconfiguration the register shows, without starting one. */
export async function complete(ctx: LogContext): Promise<Chain> {
  const chain = await ctx.view.fromRegister();
  await completeLast(ctx, chain);
  return chain;
}

async function installAndComplete(
  ctx: LogContext,
  chain: Chain,
  descriptor: Descriptor,
  sealed: Extract<Sealed, { sealed: 'yes' }>,
): Promise<Reconfigured | 'again'> {
  const { installed, current } = await install(ctx, chain, descriptor);
  await ctx.view.learn(current);
  if (installed) {
    const isLast = lastSegment(current).logletId === descriptor.logletId;
    const { snapshot } = await (isLast ? completeOwn(ctx, current, chain) : completeLast(ctx, current));
    return { outcome: 'installed', chain: current, sealed, snapshot };
  }
  // A trim took the version: same last loglet, no winner. Ours stays an orphan until an index has its winner.
  if (lastSegment(current).logletId === lastSegment(chain).logletId) return 'again';
  const adopted = await superseded(ctx, current);
  await dropOrphan(ctx, adopted.chain, descriptor);
  return { ...adopted, sealed };
}

async function superseded(ctx: LogContext, chain: Chain): Promise<Reconfigured> {
  const { snapshot } = await completeLast(ctx, chain);
  return { outcome: 'superseded', chain, snapshot };
}

/** A close record certifies that its successor was installed: a register without it is an old one. */
async function mustKnow(ctx: LogContext, chain: Chain, successor: LogletId): Promise<void> {
  const again = await ctx.view.fromRegister();
  if (again.version !== chain.version) return;
  if (again.segments.some((segment) => segment.logletId === successor)) return;
  throw new DrError('E_STALE_REGISTER', {
    message: `Loglet ${lastSegment(chain).logletId} was closed in favour of ${successor}, and version ${again.version} of the register does not have it: the register is older than the log. Nothing was changed but a seal that was there before.`,
    context: { logletId: lastSegment(chain).logletId, successor, registerVersion: again.version },
  });
}

/** Where the successor of a loglet starts, once the chain has one. */
export function successorStart(chain: Chain, logletId: LogletId): Position | undefined {
  return chain.segments.find((segment) => segment.logletId === logletId)?.end;
}
