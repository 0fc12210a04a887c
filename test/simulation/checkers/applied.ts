import type { LogPlan, RebuildPlan } from '../../../src/codec/plan.ts';
import type { LogId, Position } from '../../../src/core/ids.ts';
import { isSame } from '../oracle/generations.ts';
import type { Recovery } from '../recovery.ts';
import type { RunRecord } from '../run.ts';

/** A plan for one log that was carried out, at least as far as its register. */
export interface AppliedLog {
  readonly recovery: Recovery;
  readonly plan: RebuildPlan;
  readonly log: LogPlan;
  /** When the look behind the fence began. */
  readonly at: number;
  /** It was proven, and no recovery before it took a risk that its operator accepted. */
  readonly clean: boolean;
}

/** Every plan whose chain is, or was, in a register, in the order in which they came there. A killed run counts too. */
export function appliedTo(run: RunRecord, logId: LogId): AppliedLog[] {
  const installed = run.recoveries.flatMap((recovery) => {
    const plan = recovery.fencedPlan ?? recovery.plan;
    const log = plan?.logs.find((one) => one.logId === logId);
    if (plan === undefined || log === undefined || log.decision !== 'install') return [];
    const there = run.world.oracle.installed.find(
      ({ chain }) => chain.logId === logId && isSame(chain.generation, plan.generation),
    );
    return there === undefined ? [] : [{ recovery, plan, log, there: there.at }];
  });
  let clean = true;
  return installed
    .sort((a, b) => a.there - b.there)
    .map(({ recovery, plan, log }) => {
      clean &&= log.verdict === 'proven';
      return { recovery, plan, log, at: lookedAt(run, recovery, plan), clean };
    });
}

/** A run that was resumed has the plan of the one before it, as things were then. */
function lookedAt(run: RunRecord, recovery: Recovery, plan: RebuildPlan): number {
  const fenced = run.recoveries.find(
    (one) => one.fencedAt !== undefined && one.plan && isSame(one.plan.generation, plan.generation),
  );
  return recovery.fencedAt ?? (recovery.fencedPlan && fenced?.fencedAt) ?? recovery.plannedAt;
}

/** Problems that say: nobody knows what came after the last loglet found. */
const OPEN_ENDED = new Set([
  'successor may exist',
  'successor undecided',
  'successor named, not found',
  'not sealable',
]);

/** Whether the plan said that the position may be lost. */
export function saidLost(log: LogPlan, position: Position): boolean {
  const within = [...log.loss.lost, ...log.loss.possiblyLost].some(
    ({ from, to }) => position >= from && (to === undefined || position < to),
  );
  if (within) return true;
  const last = log.segments.at(-1);
  const isOpen = log.problems.some((problem) => OPEN_ENDED.has(problem.kind));
  return isOpen && last !== undefined && position >= (last.end ?? last.start);
}
