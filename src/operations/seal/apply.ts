import { type SealPlan, type SealStep, sealStepSchema } from '../../codec/plans/seal.ts';
import { type Chain, lastSegment, type Segment } from '../../core/chain.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import { compareGenerations } from '../../core/generation.ts';
import { inferTail, tailAcceptingLoss } from '../../core/tail.ts';
import type { Journal } from '../../runs/journal.ts';
import { metaStoreFailed } from '../../virtuallog/chainView.ts';
import type { LogContext } from '../../virtuallog/context.ts';
import { stopIfFenced } from '../../virtuallog/loglets/fence.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import { replaceChain } from '../../virtuallog/reconfigure/install.ts';
import { sealLast } from '../../virtuallog/reconfigure/seal.ts';
import type { Cluster } from '../cluster.ts';
import { snapshotChain } from '../rebuild/finish.ts';
import { logContext } from '../virtualLog.ts';
import { lookAtSeal, type SealLook, type SealRequest } from './look.ts';

export interface SealInput {
  readonly cluster: Cluster;
  readonly plan: SealPlan;
  readonly journal: Journal;
  readonly caches?: SealRequest['caches'];
}

/**
 * Seals one loglet by force. The order, and what each place in it survives:
 *
 *   1. prove            the MetaStore takes writes: sealing is for good, and without it the log could not go on.
 *   2. seal             on all who answer, and infer the tail. Killed: sealed again, with the same answers.
 *   3. record the loss  beyond quorum only, before anything is built on the tail: whoever reconfigures, now or after
 *                       a crash, starts the successor where the record says.
 *   4. complete         every responder to the tail.
 */
export async function applySeal(input: SealInput): Promise<SealStep> {
  const { journal, plan } = input;
  if (plan.place === 'last' && plan.metaStore.writable)
    await journal.step('prove the MetaStore', () => prove(input));
  const sealed = await journal.step('seal', () => seal(input), decode);
  if (plan.place !== 'last') return sealed;
  const from = sealed.lossFrom;
  if (from !== undefined) await journal.step('record the loss', () => recordLoss(input, from));
  const complete = await journal.step('complete', () => completeTail(input), decode);
  return { ...complete, ...(from !== undefined && { lossFrom: from }) };
}

const decode = (stored: unknown): SealStep => sealStepSchema.parse(stored);

async function prove({ cluster, plan }: SealInput): Promise<void> {
  try {
    await cluster.metaStore.proveWritable(plan.logId);
  } catch (error) {
    if (!isPortError(error)) throw error;
    throw metaStoreFailed(error, 'Nothing was sealed.');
  }
}

/** The loglet as it stands now; refuses when it is not what the plan was made for. */
async function lookAgain({ cluster, plan, caches = [] }: SealInput): Promise<SealLook> {
  const { logId, logletId } = plan;
  const look = await lookAtSeal(cluster, { logId, logletId, caches });
  if (look.place === plan.place && compareGenerations(look.chain.generation, plan.generation) === 0)
    return look;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `When it was planned, loglet ${logletId} was ${described(plan.place)} of log ${logId}, generation ${plan.generation.number}; now it is ${described(look.place)}, generation ${look.chain.generation.number}. Nothing was sealed by this plan.`,
  });
}

function described(place: SealPlan['place']): string {
  return place === 'last'
    ? 'the last loglet'
    : place === 'earlier'
      ? 'an earlier loglet'
      : 'no part of the chain';
}

async function seal(input: SealInput): Promise<SealStep> {
  const { cluster, plan } = input;
  const { chain, segment, place } = await lookAgain(input);
  const survey = await logletOf(segment, cluster.logServers).seal(chain.generation);
  stopIfFenced(chain.generation, survey.replies);
  const answers = survey.copies.map(({ serverId, state }) => ({ serverId, ...state }));
  const whole = answers.map((answer) => answer.serverId);
  const inferred = inferTail(segment, answers);
  const base = { committed: segment.start, whole, underReplicated: false };
  if (place !== 'last') return { ...base, tail: segment.end ?? plan.tail };
  // On record in the chain: whoever continues the log starts there, also when silent servers are back by then.
  if (segment.loss !== undefined) return { ...base, tail: segment.loss.from };
  if (inferred.kind === 'tail') return { ...base, tail: inferred.tail, committed: inferred.committed };
  if (!isLossAccepted(plan)) throw unsealable(plan, whole, inferred.wouldSettle);
  const reached = tailAcceptingLoss(segment, answers);
  // What was trimmed was acknowledged: the log never goes on below it.
  const lossFrom = reached > chain.trimPoint ? reached : chain.trimPoint;
  return { ...base, tail: lossFrom, lossFrom };
}

function isLossAccepted(plan: SealPlan): boolean {
  return plan.given.some((flag) => flag.startsWith('--accept-loss'));
}

function unsealable(
  plan: SealPlan,
  sealedOn: readonly string[],
  sets: readonly (readonly string[])[],
): DrError {
  return new DrError('E_UNSEALABLE', {
    message: `Loglet ${plan.logletId} of log ${plan.logId} was sealed on ${sealedOn.join(', ') || 'nobody'}; that is no seal quorum, so entries may have been acknowledged on the silent servers alone. No entry and no register was changed. Any of these would settle it: ${sets.map((set) => set.join('+')).join(', or ')}.`,
    context: { logletId: plan.logletId, wouldSettle: sets },
  });
}

/** Lost races against trims only: each one means that somebody else made progress. */
const MAX_ROUNDS = 16;

async function recordLoss({ cluster, plan }: SealInput, from: bigint): Promise<void> {
  const ctx = logContext(cluster, plan.logId);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const chain = await ctx.view.fromRegister();
    const last = mustBeLast(chain, plan);
    if (last.loss !== undefined) return snapshotChain(cluster, chain);
    const to = withLoss(chain, plan, from);
    const truth = 'The loglet is sealed on those who answered; no loss was recorded.';
    const { installed, current } = await replaceChain(ctx, { from: chain, to, truth });
    await ctx.view.learn(current);
    if (installed) return snapshotChain(cluster, current, chain);
  }
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: `The chain of log ${plan.logId} kept changing while the loss was recorded. The loglet is sealed; no loss was recorded.`,
    hint: 'Resume the run.',
  });
}

function mustBeLast(chain: Chain, { logId, logletId }: SealPlan): Segment {
  const last = lastSegment(chain);
  if (last.logletId === logletId) return last;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `Another client has continued log ${logId} after loglet ${logletId}: its end was settled without accepting loss. Nothing was recorded.`,
  });
}

function withLoss(chain: Chain, plan: SealPlan, from: bigint): Chain {
  const last = lastSegment(chain);
  const silent = plan.members.filter((member) => member.localTail === undefined).map((member) => member.id);
  const loss = { from, fencedOutside: silent, reason: 'loss accepted by the operator' };
  return {
    ...chain,
    version: chain.version + 1,
    segments: [...chain.segments.slice(0, -1), { ...last, loss }],
  };
}

async function completeTail(input: SealInput): Promise<SealStep> {
  const ctx: LogContext = logContext(input.cluster, input.plan.logId);
  const { chain } = await lookAgain(input);
  const sealed = await sealLast(ctx, chain);
  if (sealed.sealed === 'closed')
    throw new DrError('E_STALE_REGISTER', {
      message: `Loglet ${input.plan.logletId} was closed in favour of ${sealed.successor}, which this chain does not have: the register is older than the log. The loglet was sealed before; nothing else was changed.`,
    });
  const { tail, committed, whole, underReplicated } = sealed;
  return { tail, committed, whole: [...whole].sort(), underReplicated };
}
