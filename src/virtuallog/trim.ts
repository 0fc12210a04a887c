import { type Chain, trimChain } from '../core/chain.ts';
import { DrError } from '../core/errors.ts';
import type { Position } from '../core/ids.ts';
import { askAll, describeReplies } from './askAll.ts';
import type { LogContext } from './context.ts';
import { determinedTail, endIsFinal } from './finality.ts';
import { stopIfFenced } from './loglets/fence.ts';
import { logletOf } from './loglets/loglets.ts';
import { collectOrphans } from './orphans.ts';
import { replaceChain } from './reconfigure/install.ts';
import { type SnapshotOutcome, snapshotBestEffort } from './reconfigure/snapshot.ts';

export interface Trimmed {
  readonly trimPoint: Position;
  readonly chain: Chain;
  readonly snapshot: SnapshotOutcome | 'before';
  /** Servers that did not take the trim point now, and why; empty when all did. They keep more than they need. */
  readonly behind: string;
}

/** Lost races against reconfigurations: each one means that somebody else made progress. */
const MAX_ROUNDS = 16;

/**
 * Gives up everything below a position, for good.
 *   1. every position below it is determined: what is not, could still turn out otherwise;
 *   2. the register. Killed: readers stop there, the stores keep data until the next trim;
 *   3. the stores, and loglets wholly below it. Never before 2: data would be gone that the register promises.
 */
export async function trim(ctx: LogContext, trimPoint: Position): Promise<Trimmed> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const chain = await mustBeTrimmable(ctx, trimPoint);
    if (trimPoint <= chain.trimPoint) return again(ctx, chain);
    const to = trimChain(chain, trimPoint);
    const { installed, current } = await replaceChain(ctx, {
      from: chain,
      to,
      truth: 'Nothing was trimmed.',
    });
    await ctx.view.learn(current);
    if (!installed && current.trimPoint < trimPoint) continue;
    return trimStores(ctx, current, chain, await snapshotBestEffort(ctx, current));
  }
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: `The chain of log ${ctx.logId} kept changing while it was trimmed. Nothing was trimmed by this client.`,
    hint: 'Run the command again.',
  });
}

/** Throws where a trim would be refused, and changes nothing: for a plan of it. */
export async function mustBeTrimmable(ctx: LogContext, trimPoint: Position): Promise<Chain> {
  const chain = await ctx.view.fromRegister();
  if (chain.frozen === true) throw frozen(chain);
  if (trimPoint > chain.trimPoint) await mustBeDetermined(ctx, chain, trimPoint);
  return chain;
}

/** The register was there already: what a killed trim left on the stores is dropped now. */
async function again(ctx: LogContext, chain: Chain): Promise<Trimmed> {
  const trimmed = await trimStores(ctx, chain, chain, 'before');
  await collectOrphans(ctx);
  return trimmed;
}

async function mustBeDetermined(ctx: LogContext, chain: Chain, trimPoint: Position): Promise<void> {
  const bound = await determinedTail(ctx, chain);
  if (trimPoint <= bound) return;
  throw new DrError('E_USAGE', {
    message: `Log ${ctx.logId} cannot be trimmed to ${trimPoint}: positions are known to be committed up to ${bound} only. Nothing was trimmed.`,
    hint: `Trim to ${bound} at most, or wait for the servers that are missing.`,
    context: { trimPoint: String(trimPoint), determined: String(bound) },
  });
}

async function trimStores(
  ctx: LogContext,
  chain: Chain,
  before: Chain,
  snapshot: Trimmed['snapshot'],
): Promise<Trimmed> {
  const { trimPoint } = chain;
  const replies = await askAll(ctx.logServers, ctx.logServers.keys(), (server) =>
    server.trim(chain.generation, ctx.logId, trimPoint),
  );
  stopIfFenced(chain.generation, replies);
  await dropBelow(ctx, chain, before);
  return { trimPoint, chain, snapshot, behind: describeReplies(replies) };
}

/** Loglets that left the chain with this trim. */
async function dropBelow(ctx: LogContext, chain: Chain, before: Chain): Promise<void> {
  const kept = new Set(chain.segments.map((segment) => segment.logletId));
  for (const segment of before.segments) {
    if (kept.has(segment.logletId) || !(await endIsFinal(ctx, before, segment))) continue;
    await logletOf(segment, ctx.logServers).drop(chain.generation);
  }
}

function frozen(chain: Chain): DrError {
  return new DrError('E_FROZEN', {
    message: `Log ${chain.logId} was not trimmed: a recovery of it is not verified yet.`,
  });
}
