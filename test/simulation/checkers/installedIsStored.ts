import type { Checker, Violation } from './checkers.ts';

/** 9. No segment is installed that not every store of its nodeset was given before. */
export const installedIsStored: Checker = function* (run): Iterable<Violation> {
  const { installed } = run.world.oracle;
  const seen = new Set<string>();
  for (const { chain, metaStore, provisionedOn } of installed) {
    const segment = chain.segments.at(-1);
    if (segment === undefined || seen.has(segment.logletId)) continue;
    seen.add(segment.logletId);
    const damaged = run.world.wiped.size > 0 || run.world.scenario.budget.rottenDescriptors > 0;
    if (provisionedOn < segment.nodeset.length && !damaged)
      yield {
        invariant: '9 an installed segment is stored',
        message: `${metaStore} took ${segment.logletId} of ${chain.logId} when ${provisionedOn} of its ${segment.nodeset.length} stores had it`,
      };
  }
};
