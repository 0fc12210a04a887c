import type { Chain } from '../core/chain.ts';
import { type Descriptor, segmentOf } from '../core/descriptor.ts';
import { DrError, isPortError } from '../core/errors.ts';
import { sameGeneration } from '../core/generation.ts';
import type { LogletId } from '../core/ids.ts';
import type { LogServer } from '../ports/LogServer.ts';
import { describeReplies } from './askAll.ts';
import type { LogContext } from './context.ts';
import { isKnownActive } from './finality.ts';
import { logletOf } from './loglets/loglets.ts';

/**
 * Whether a loglet was provisioned and lost (protocol §3): at its index the register has another one, and that one
 * or a later is active on a commit quorum. One below the first segment of the chain was trimmed away, orphan or not.
 * Loglets of other generations are left to the recovery that dropped them: they need every member fenced and sealed.
 */
export async function isOrphan(ctx: LogContext, chain: Chain, descriptor: Descriptor): Promise<boolean> {
  if (chain.frozen === true || descriptor.logId !== chain.logId) return false;
  if (!sameGeneration(descriptor.generation, chain.generation)) return false;
  if (chain.version < descriptor.chainVersion) return false;
  const from = chain.segments.find((segment) => segment.index >= descriptor.index);
  if (from === undefined || from.logletId === descriptor.logletId) return false;
  for (const segment of chain.segments.filter((one) => one.index >= from.index).reverse()) {
    if (await isKnownActive(ctx, segment)) return true;
  }
  return false;
}

/** Deletes an orphan where its stores answer; those that do not keep it until the next collection. */
export async function dropOrphan(ctx: LogContext, chain: Chain, descriptor: Descriptor): Promise<boolean> {
  if (!(await isOrphan(ctx, chain, descriptor))) return false;
  const replies = await logletOf(segmentOf(descriptor), ctx.logServers).drop(chain.generation);
  const kept = describeReplies(replies);
  if (kept !== '')
    ctx.reporter.note(`Orphan ${descriptor.logletId} of log ${ctx.logId} stays on some: ${kept}.`);
  return true;
}

/** Finds and deletes the orphans of this log on every server that answers. */
export async function collectOrphans(ctx: LogContext): Promise<LogletId[]> {
  const chain = await ctx.view.fromRegister();
  if (chain.frozen === true)
    throw new DrError('E_FROZEN', {
      message: `Nothing of log ${ctx.logId} was collected: a recovery is not verified yet.`,
    });
  const found = await Promise.all([...ctx.logServers.values()].map((server) => provisionedOn(server, ctx)));
  const all = new Map(found.flat().map((descriptor) => [descriptor.logletId, descriptor]));
  const dropped: LogletId[] = [];
  for (const descriptor of all.values()) {
    if (await dropOrphan(ctx, chain, descriptor)) dropped.push(descriptor.logletId);
  }
  return dropped.sort();
}

/** Nothing from a server that does not answer, or whose inventory is cut short. */
async function provisionedOn(server: LogServer, { logId }: LogContext): Promise<Descriptor[]> {
  const descriptors: Descriptor[] = [];
  try {
    for await (const item of server.inventory({ logId })) {
      if (item.item === 'loglet') descriptors.push(item.state.descriptor);
    }
  } catch (error) {
    if (!isPortError(error)) throw error;
    return [];
  }
  return descriptors;
}
