import type { LogPlan, RebuildPlan } from '../../../src/codec/plan.ts';
import type { LogId, Position } from '../../../src/core/ids.ts';
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

/** Every plan whose chain is, or was, in a register. A killed run counts as soon as it installed. */
export function appliedTo(run: RunRecord, logId: LogId): AppliedLog[] {
  let clean = true;
  return run.recoveries.flatMap((recovery) => {
    const plan = recovery.fencedPlan ?? recovery.plan;
    const log = plan?.logs.find((one) => one.logId === logId);
    if (plan === undefined || log === undefined || log.decision !== 'install') return [];
    const { number, recoveryId } = plan.generation;
    const isInstalled = run.world.oracle.installed.some(
      ({ chain }) =>
        chain.logId === logId &&
        chain.generation.number === number &&
        chain.generation.recoveryId === recoveryId,
    );
    if (isInstalled) clean &&= log.verdict === 'proven';
    return isInstalled ? [{ recovery, plan, log, at: recovery.fencedAt ?? recovery.plannedAt, clean }] : [];
  });
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
