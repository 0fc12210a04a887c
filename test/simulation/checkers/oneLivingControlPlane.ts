import type { Chain } from '../../../src/core/chain.ts';
import type { LogletId, Position } from '../../../src/core/ids.ts';
import { isEarlier } from '../oracle/generations.ts';
import { appliedTo } from './applied.ts';
import type { Checker, Violation } from './checkers.ts';

/** 3. After a proven recovery no other control plane has a loglet active on a commit quorum that the chain lacks. */
export const oneLivingControlPlane: Checker = function* (run): Iterable<Violation> {
  const { oracle, logIds } = run.world;
  for (const logId of logIds) {
    for (const { recovery, plan, clean } of appliedTo(run, logId)) {
      if (!clean) continue;
      const ours = oracle.installed.filter(
        ({ chain }) => chain.logId === logId && !isEarlier(chain.generation, plan.generation),
      );
      const known = new Set(ours.flatMap(({ chain }) => chain.segments.map((segment) => segment.logletId)));
      const trimPoint = oracle.trimPoint(logId);
      const others = oracle.installed.filter(
        ({ chain, metaStore }) =>
          chain.logId === logId &&
          metaStore !== recovery.into &&
          isEarlier(chain.generation, plan.generation),
      );
      const seen = new Set<string>();
      const ends = endsOf(
        oracle.installed.filter(({ chain }) => chain.logId === logId).map(({ chain }) => chain),
      );
      for (const { chain, metaStore } of others) {
        for (const segment of chain.segments) {
          if (
            known.has(segment.logletId) ||
            seen.has(segment.logletId) ||
            !oracle.wasActive(segment.logletId)
          )
            continue;
          if ((ends.get(segment.logletId) ?? trimPoint + 1n) <= trimPoint) continue;
          seen.add(segment.logletId);
          yield {
            invariant: '3 one living control plane (wrong proven)',
            message: `${segment.logletId} (segment ${segment.index} of ${logId} in ${metaStore}) was active on a commit quorum; the chain that ${recovery.operator} rebuilt lacks it`,
          };
        }
      }
    }
  }
};

/** Where each loglet ended, as soon as any register said so. */
export function endsOf(chains: readonly Chain[]): Map<LogletId, Position> {
  const ends = new Map<LogletId, Position>();
  for (const chain of chains) {
    for (const { logletId, end } of chain.segments) if (end !== undefined) ends.set(logletId, end);
  }
  return ends;
}
