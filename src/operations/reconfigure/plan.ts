import { withPlanId } from '../../codec/plans/head.ts';
import type { ReconfigurePlan } from '../../codec/plans/reconfigure.ts';
import { type Chain, lastSegment } from '../../core/chain.ts';
import {
  type Durability,
  describeDurability,
  type NodesetMember,
  sameDurability,
} from '../../core/durability.ts';
import type { ClusterId, ServerId } from '../../core/ids.ts';
import { isSealQuorum, quorumSystem, setsThatWouldSeal } from '../../core/quorum.ts';

export interface ReconfigureSituation {
  readonly chain: Chain;
  readonly responders: readonly ServerId[];
  readonly successor?: { readonly nodeset: readonly NodesetMember[]; readonly durability: Durability };
  readonly problem?: string;
}

export interface ReconfigurePlanInput {
  readonly cluster: { readonly id: ClusterId; readonly name: string };
  readonly situation: ReconfigureSituation;
  readonly wish: ReconfigurePlan['wish'];
}

/** What ending the last loglet of a log and going on in a new one would do (protocol §3). Pure. */
export function planReconfigure({ cluster, situation, wish }: ReconfigurePlanInput): ReconfigurePlan {
  const { chain, responders, successor } = situation;
  const last = lastSegment(chain);
  const system = quorumSystem(last.durability, last.nodeset);
  const held = new Set(responders);
  const sealable = isSealQuorum(system, held);
  const wouldSettle = sealable ? [] : setsThatWouldSeal(system, held);
  const prepare = needsPreparation(chain, wish.durability);
  const problems = problemsOf(situation, sealable, wouldSettle);
  const body: Omit<ReconfigurePlan, 'planId'> = {
    schemaVersion: 1,
    kind: 'reconfigure',
    cluster,
    decision: problems.length > 0 ? 'refuse' : 'apply',
    problems,
    needs: [],
    given: [],
    assumptions: [],
    logId: chain.logId,
    version: chain.version,
    last: {
      logletId: last.logletId,
      index: last.index,
      start: last.start,
      nodeset: last.nodeset,
      durability: last.durability,
      responders,
      sealable,
      wouldSettle,
    },
    wish,
    prepare,
    ...(successor && { successor }),
    actions: problems.length > 0 ? [] : actionsOf(situation, wish, prepare),
  };
  return withPlanId(body);
}

function needsPreparation(chain: Chain, durability: Durability | undefined): boolean {
  if (durability === undefined) return false;
  return !chain.nextRules.some((rule) => sameDurability(rule.durability, durability));
}

function problemsOf(
  { chain, problem }: ReconfigureSituation,
  sealable: boolean,
  wouldSettle: readonly (readonly ServerId[])[],
): string[] {
  const last = lastSegment(chain);
  const problems: string[] = [];
  if (!sealable && last.loss === undefined)
    problems.push(
      `Loglet ${last.logletId} cannot be sealed. The return of any of these would settle it: ${wouldSettle.map((set) => set.join('+')).join(', or ')}. \`vlog-dr seal ${chain.logId} --accept-loss ${chain.logId}\` goes on without them.`,
    );
  if (problem !== undefined) problems.push(problem);
  return problems;
}

function actionsOf(
  { chain, successor }: ReconfigureSituation,
  wish: ReconfigurePlan['wish'],
  prepare: boolean,
): ReconfigurePlan['actions'] {
  const last = lastSegment(chain);
  const actions: { step: string; says: string }[] = [];
  if (prepare && wish.durability !== undefined)
    actions.push({
      step: 'prepare',
      says: `Seal loglet ${last.logletId} and go on in one that allows its successor to be ${describeDurability(wish.durability)}: a change of policy takes two reconfigurations.`,
    });
  const where = successor?.nodeset.map((member) => member.serverId).join(', ');
  actions.push({
    step: 'reconfigure',
    says: `Seal ${prepare ? 'that loglet' : `loglet ${last.logletId}`} and go on in a new one on ${where} (${successor && describeDurability(successor.durability)}).`,
  });
  return actions;
}
