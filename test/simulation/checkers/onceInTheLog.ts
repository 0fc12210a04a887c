import type { Checker, Violation } from './checkers.ts';

/** What was appended once is in the log once: only what was certainly not stored is ever sent again. */
export const onceInTheLog: Checker = function* (run): Iterable<Violation> {
  for (const [logId, content] of run.content) {
    const seen = new Map<string, bigint>();
    for (const [position, payload] of content) {
      const before = seen.get(payload);
      if (before !== undefined)
        yield {
          invariant: 'what is appended once is there once',
          message: `${payload} is in ${logId} at ${before} and at ${position}`,
        };
      seen.set(payload, position);
    }
  }
};
