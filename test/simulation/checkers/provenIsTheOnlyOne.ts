import type { LogPlan } from '../../../src/codec/plan.ts';
import type { Observation } from '../../../src/core/evidence.ts';
import { type Possible, possibleChains } from '../possible.ts';
import type { RunRecord } from '../run.ts';
import type { Checker, Violation } from './checkers.ts';

/** A plan beside what enumeration says of the same evidence. */
interface Judged {
  readonly log: LogPlan;
  readonly possible: Exclude<Possible, { kind: 'not judged' }>;
}

/** What is called proven must be right in every world that the evidence allows. */
export const provenIsTheOnlyOne: Checker = function* (run): Iterable<Violation> {
  for (const { log, possible } of judgedIn(run)) {
    const tip = log.segments.at(-1)?.logletId;
    if (log.verdict !== 'proven' || log.decision === 'nothing to do' || tip === undefined) continue;
    if (possible.kind === 'one chain' && possible.tips.has(tip)) continue;
    yield {
      invariant: 'what is proven is the only possibility (wrong proven)',
      message: `${log.logId} was proven to end with ${tip} (${log.endProof}); the same evidence allows a world in which it does not (${[...possible.tips].join(', ') || 'no common end'})`,
    };
  }
};

/** Of the logs with one possible chain, how many a plan refused all the same. */
export function cautionOf(run: RunRecord): { readonly oneChain: number; readonly overCautious: number } {
  const one = judgedIn(run).filter(({ possible }) => possible.kind === 'one chain');
  return { oneChain: one.length, overCautious: one.filter(({ log }) => log.verdict !== 'proven').length };
}

const JUDGED = new WeakMap<Observation, Judged[]>();

function judgedIn({ world: { observations } }: RunRecord): Judged[] {
  return observations.flatMap(({ observation, plan }) => {
    const before = JUDGED.get(observation);
    if (before !== undefined) return before;
    const judged = plan.logs.flatMap((log): Judged[] => {
      const possible = possibleChains(observation, log.logId);
      return possible.kind === 'not judged' ? [] : [{ log, possible }];
    });
    JUDGED.set(observation, judged);
    return judged;
  });
}
