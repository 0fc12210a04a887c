import type { LogPlan } from '../../../src/codec/plan.ts';
import { type Chain, lastSegment } from '../../../src/core/chain.ts';
import type { LogId } from '../../../src/core/ids.ts';
import { LIMITS } from '../../../src/core/limits.ts';
import { isEarlier, isSame } from '../oracle/generations.ts';
import type { RunRecord } from '../run.ts';
import { appliedTo } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** 6. The rebuilt chain is the one that the lost register held, but for last segments that were never active. */
export const chainIsTheOldOne: Checker = function* (run): Iterable<Violation> {
  for (const logId of run.world.logIds) {
    for (const { log, at, recovery } of appliedTo(run, logId)) {
      const truth = chainAt(run, logId, at, recovery.plan?.generation);
      if (truth === undefined) continue;
      yield* named(log, truth);
      if (log.verdict === 'proven') yield* compare(run, log, truth, at);
    }
  }
};

/** Proven or not: what the descriptor of a loglet that was found names before it, was installed, and may come back. */
function* named(log: LogPlan, truth: Chain): Iterable<Violation> {
  const planned = new Map(log.segments.map((segment) => [segment.logletId, segment.state]));
  const found = truth.segments.filter(({ logletId }) => (planned.get(logletId) ?? 'lost') !== 'lost');
  for (const { index, logletId, end } of truth.segments) {
    const isTrimmed = end !== undefined && end <= log.trimPoint;
    const isNamed = found.some((one) => one.index > index && one.index - index <= LIMITS.lineageLength);
    if (isNamed && !isTrimmed && !planned.has(logletId))
      yield {
        invariant: '6 what a descriptor names is in the chain',
        message: `segment ${index} of ${log.logId}, ${logletId}, is left out, and a later one that was found names it`,
      };
  }
}

/** The newest value of any register before this recovery wrote one. */
export function chainAt(
  run: RunRecord,
  logId: LogId,
  at: number,
  below?: Chain['generation'],
): Chain | undefined {
  return run.world.oracle.installed
    .filter((one) => one.chain.logId === logId && one.at <= at)
    .map((one) => one.chain)
    .filter((chain) => below === undefined || isEarlier(chain.generation, below))
    .sort((a, b) => byGeneration(a, b) || a.version - b.version)
    .at(-1);
}

function byGeneration(a: Chain, b: Chain): number {
  if (isSame(a.generation, b.generation)) return 0;
  return isEarlier(a.generation, b.generation) ? -1 : 1;
}

function* compare(run: RunRecord, log: LogPlan, truth: Chain, at: number): Iterable<Violation> {
  const { oracle } = run.world;
  const invariant = '6 the chain is the one that was lost (wrong proven)';
  const planned = new Map(log.segments.map((segment) => [segment.logletId, segment]));
  let mayBeMissing = true;
  for (const segment of [...truth.segments].reverse()) {
    if (oracle.wasActive(segment.logletId, at)) mayBeMissing = false;
    const ours = planned.get(segment.logletId);
    if (ours === undefined) {
      const isTrimmed = segment.end !== undefined && segment.end <= log.trimPoint;
      if (!mayBeMissing && !isTrimmed)
        yield {
          invariant,
          message: `segment ${segment.index} of ${log.logId}, ${segment.logletId}, was installed and is left out`,
        };
    } else {
      mayBeMissing = false;
      if (ours.start !== segment.start || ours.index !== segment.index)
        yield {
          invariant,
          message: `segment ${segment.index} of ${log.logId} started at ${segment.start}, not at ${ours.start} as segment ${ours.index}`,
        };
    }
  }
  yield* strangers(run, log, truth, invariant);
}

function* strangers(run: RunRecord, log: LogPlan, truth: Chain, invariant: string): Iterable<Violation> {
  const everInstalled = new Set(
    run.world.oracle.installed.flatMap(({ chain }) => chain.segments.map((segment) => segment.logletId)),
  );
  for (const segment of log.segments) {
    if (!everInstalled.has(segment.logletId))
      yield {
        invariant,
        message: `segment ${segment.index} of ${log.logId}, ${segment.logletId}, was never in a register (last was ${lastSegment(truth).logletId})`,
      };
  }
}
