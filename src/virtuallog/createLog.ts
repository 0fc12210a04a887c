import { sha256 } from '../core/canonical.ts';
import type { Chain } from '../core/chain.ts';
import { type Descriptor, segmentOf } from '../core/descriptor.ts';
import { DrError } from '../core/errors.ts';
import { FIRST_GENERATION } from '../core/generation.ts';
import { type ClusterId, logletId, type ServerId } from '../core/ids.ts';
import { agreed, describeReplies } from './askAll.ts';
import { metaStoreFailed } from './chainView.ts';
import type { LogContext } from './context.ts';
import { leftOversOf, metaStoreLost, sealLeftOvers } from './leftOvers.ts';
import { provisionerOf } from './loglets/loglets.ts';
import { chooseNodeset } from './nodeset.ts';
import { completeLast } from './reconfigure/activate.ts';
import { replaceChain } from './reconfigure/install.ts';
import { inBrackets, type LiveServers, surveyServers } from './reconfigure/servers.ts';

export interface CreateLogRequest {
  readonly clusterId: ClusterId;
  /** Exactly these servers, for the first loglet. */
  readonly servers?: readonly ServerId[];
  /** Servers that need not be asked: the caller knows that they hold nothing of this log. */
  readonly without?: readonly ServerId[];
}

/**
 * A log's first loglet (protocol §3, as a reconfiguration without a predecessor).
 *   1. the register is empty, the repository knows nothing, and no server has a loglet of this log: an empty register
 *      where there was a chain is a lost MetaStore, and another first loglet would be a second log of that name;
 *   2. what an interrupted creation left behind is sealed, so that it can never take an entry;
 *   3. provision, install, snapshot, activate. Killed before the install: left-overs; after it: any client completes.
 */
export async function createLog(ctx: LogContext, request: CreateLogRequest): Promise<Chain> {
  await mustBeUnknown(ctx);
  const leftOvers = await leftOversOf(ctx, new Set(request.without));
  const live = await surveyServers(ctx, request.clusterId);
  await sealLeftOvers(ctx, live.generation ?? FIRST_GENERATION, leftOvers);
  const descriptor = await provisionFirst(ctx, live, request);
  const to = firstChain(descriptor);
  const { installed, current } = await replaceChain(ctx, {
    from: undefined,
    to,
    truth: 'The log does not exist yet.',
  });
  const won = installed || current.segments.some((segment) => segment.logletId === descriptor.logletId);
  if (!won) throw exists(ctx);
  await ctx.view.learn(current);
  await completeLast(ctx, current);
  return current;
}

async function mustBeUnknown(ctx: LogContext): Promise<void> {
  const look = await ctx.view.look();
  if (look.look === 'unavailable') throw metaStoreFailed(look.error, 'Nothing was changed.');
  if (look.look !== 'empty') throw exists(ctx);
  if (ctx.view.known !== undefined) throw metaStoreLost(ctx.logId, 'this client has read its chain before');
  if ((await ctx.snapshots?.knows(ctx.logId)) === true)
    throw metaStoreLost(ctx.logId, 'the repository has a snapshot of it');
}

async function provisionFirst(
  ctx: LogContext,
  live: LiveServers,
  request: CreateLogRequest,
): Promise<Descriptor> {
  const choice = chooseNodeset({
    candidates: live.candidates,
    durability: ctx.policy.durability,
    firm: true,
    size: ctx.policy.nodesetSize,
    ...(request.servers && { servers: request.servers }),
    turn: 0,
  });
  if (choice.choice === 'none')
    throw new DrError('E_NO_ADMISSIBLE_NODESET', {
      message: `Log ${ctx.logId} cannot be placed: ${choice.problems.join(' ')}${inBrackets(live.complaints)} Nothing was changed.`,
    });
  const { choice: _, ...placed } = choice;
  const descriptor: Descriptor = {
    ...placed,
    clusterId: request.clusterId,
    logId: ctx.logId,
    logletId: logletId(ctx.random.ulid()),
    kind: 'native',
    index: 0,
    start: 0n,
    nextRules: ctx.policy.nextRules,
    snapshots: ctx.policy.snapshots,
    chainVersion: 1,
    generation: live.generation ?? FIRST_GENERATION,
    lineage: [],
    chainDigest: sha256(''),
    retired: [],
    stores: live.stores,
    createdAt: ctx.clock.now(),
  };
  const replies = await provisionerOf('native', ctx.logServers)(descriptor.generation, descriptor);
  if (agreed(replies).size === descriptor.nodeset.length) return descriptor;
  throw new DrError('E_UNREACHABLE', {
    message: `Log ${ctx.logId} was not created: ${describeReplies(replies)}. What was begun is empty and in nobody's way.`,
    hint: 'Run the command again.',
  });
}

/** A first loglet is bound by its own rule: it has no predecessor whose rule it could be. */
function firstChain(descriptor: Descriptor): Chain {
  const { clusterId, logId, generation, nextRules, snapshots } = descriptor;
  const isRequired = snapshots.mode === 'required';
  return {
    clusterId,
    logId,
    generation,
    version: 1,
    generationStart: 1,
    trimPoint: 0n,
    retired: [],
    segments: [isRequired ? { ...segmentOf(descriptor), snapshotRequired: true } : segmentOf(descriptor)],
    nextRules,
    snapshots,
  };
}

function exists(ctx: LogContext): DrError {
  return new DrError('E_EXISTS', { message: `Log ${ctx.logId} exists already. It was not changed.` });
}
