import type { Checker, Violation } from './checkers.ts';

/** 7. No register goes back: what it takes is not behind what it held, and its segments are not fewer. */
export const nothingNewerIsHidden: Checker = function* (run): Iterable<Violation> {
  const { installed } = run.world.oracle;
  for (const [place, { chain, metaStore }] of installed.entries()) {
    const before = installed
      .slice(0, place)
      .findLast((one) => one.metaStore === metaStore && one.chain.logId === chain.logId);
    if (before === undefined) continue;
    const isLower =
      chain.generation.number < before.chain.generation.number ||
      (chain.generation.number === before.chain.generation.number && chain.version <= before.chain.version);
    if (isLower)
      yield {
        invariant: '7 an old register hides nothing',
        message: `${metaStore} took version ${chain.version} of ${chain.logId} after version ${before.chain.version}`,
      };
  }
};
