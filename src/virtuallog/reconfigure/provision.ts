import { type Chain, lastSegment } from '../../core/chain.ts';
import { type Descriptor, successorDescriptor } from '../../core/descriptor.ts';
import type { Durability } from '../../core/durability.ts';
import { DrError } from '../../core/errors.ts';
import { logletId, type Position, type ServerId, type StoreId } from '../../core/ids.ts';
import { agreed, describeReplies } from '../askAll.ts';
import type { LogContext } from '../context.ts';
import { provisionerOf } from '../loglets/loglets.ts';
import { chooseNodeset, type NodesetChoice } from '../nodeset.ts';
import { inBrackets, type LiveServers, stopIfLater, surveyServers } from './servers.ts';

/** What the caller wants of the successor; what is left out comes from the client's policy. */
export interface SuccessorWish {
  readonly durability?: Durability;
  readonly nodesetSize?: number;
  /** Exactly these servers. */
  readonly servers?: readonly ServerId[];
  readonly exclude?: readonly ServerId[];
  /** Stores to record as taken out of service for good. */
  readonly retire?: readonly StoreId[];
}

export type Chosen = Extract<NodesetChoice, { choice: 'nodeset' }> & {
  readonly stores: Descriptor['stores'];
};

/** What is true of a log when its reconfiguration stops between the seal and the installation. */
export const SEALED = 'The log is sealed and takes no appends until it is reconfigured; no entry is lost.';

/** Chooses a nodeset from the servers that are live. Done before sealing: a log needs a place to go on. */
export function chooseSuccessor(
  ctx: LogContext,
  chain: Chain,
  live: LiveServers,
  { wish, truth }: { wish: SuccessorWish; truth: string },
): Chosen {
  const retired = new Set([...chain.retired, ...(wish.retire ?? [])]);
  const excluded = new Set(wish.exclude);
  const choice = chooseNodeset({
    candidates: live.candidates.filter((one) => !retired.has(one.storeId) && !excluded.has(one.serverId)),
    rules: chain.nextRules,
    durability: wish.durability ?? ctx.policy.durability,
    firm: wish.durability !== undefined,
    size: wish.nodesetSize ?? ctx.policy.nodesetSize,
    ...(wish.servers && { servers: wish.servers }),
    turn: lastSegment(chain).index + 1,
  });
  if (choice.choice === 'nodeset') return { ...choice, stores: live.stores };
  throw new DrError('E_NO_ADMISSIBLE_NODESET', {
    message: `No successor of loglet ${lastSegment(chain).logletId} can be made: ${choice.problems.join(' ')}${inBrackets(live.complaints)} ${truth}`,
    context: { candidates: live.candidates.map((one) => one.serverId) },
  });
}

/**
 * Step 2. The descriptor is durable on *every* store of the nodeset before the register may name it: an installed
 * loglet that no store has could not be found again. One store short, and the next try takes a new loglet.
 */
export async function provisionSuccessor(
  ctx: LogContext,
  chain: Chain,
  start: Position,
  { wish, first }: { wish: SuccessorWish; first: Chosen },
): Promise<Descriptor> {
  const failed = new Set<ServerId>(wish.exclude);
  let chosen = first;
  for (;;) {
    const descriptor = describe(ctx, chain, start, { chosen, wish });
    const replies = await provisionerOf(descriptor.kind, ctx.logServers)(chain.generation, descriptor);
    const holding = agreed(replies);
    if (holding.size === descriptor.nodeset.length) return descriptor;
    ctx.reporter.note(
      `Loglet ${descriptor.logletId} was not provisioned everywhere (${describeReplies(replies)}): another is made.`,
    );
    for (const { serverId } of descriptor.nodeset) if (!holding.has(serverId)) failed.add(serverId);
    const live = await surveyServers(ctx, chain.clusterId);
    stopIfLater(live, chain.generation);
    chosen = chooseSuccessor(ctx, chain, live, { wish: { ...wish, exclude: [...failed] }, truth: SEALED });
  }
}

function describe(
  ctx: LogContext,
  chain: Chain,
  start: Position,
  { chosen, wish }: { chosen: Chosen; wish: SuccessorWish },
): Descriptor {
  return successorDescriptor(chain, start, {
    logletId: logletId(ctx.random.ulid()),
    kind: 'native',
    nodeset: chosen.nodeset,
    durability: chosen.durability,
    nextRules: ctx.policy.nextRules,
    snapshots: ctx.policy.snapshots,
    sequencer: chosen.sequencer,
    stores: chosen.stores,
    createdAt: ctx.clock.now(),
    retired: [...new Set([...chain.retired, ...(wish.retire ?? [])])],
  });
}
