import type { InstalledChain } from '../oracle/oracle.ts';
import type { Checker, Violation } from './checkers.ts';

const INVARIANT = '7 an old register hides nothing';

/** 7. No register goes back, and the version of a recovery lies above every version that was ever installed before it. */
export const nothingNewerIsHidden: Checker = function* (run): Iterable<Violation> {
  const newest = new Map<string, InstalledChain>();
  const greatest = new Map<string, number>();
  for (const one of run.world.oracle.installed) {
    const { chain, metaStore } = one;
    const before = newest.get(`${metaStore} ${chain.logId}`);
    if (before !== undefined && chain.version <= before.chain.version)
      yield {
        invariant: INVARIANT,
        message: `${metaStore} took version ${chain.version} of ${chain.logId} after version ${before.chain.version}`,
      };
    const highest = greatest.get(chain.logId) ?? 0;
    if (chain.version === chain.generationStart && chain.version > 1 && chain.version <= highest)
      yield {
        invariant: INVARIANT,
        message: `the recovery of ${chain.logId} into ${metaStore} begins at version ${chain.version}; ${highest} was installed before`,
      };
    newest.set(`${metaStore} ${chain.logId}`, one);
    // Two recoveries into different registers need not know of each other; the first registers everybody knows.
    if (metaStore === 'metastore') greatest.set(chain.logId, Math.max(highest, chain.version));
  }
};
