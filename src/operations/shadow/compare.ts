import type { LogPlan } from '../../codec/plan.ts';
import type { ShadowLog } from '../../codec/results/shadow.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import type { LogId } from '../../core/ids.ts';

export interface Compared {
  readonly logId: LogId;
  /** Production's register, before and after the look; `undefined` where it has none. */
  readonly before: Chain | undefined;
  readonly after: Chain | undefined;
  readonly plan: LogPlan | undefined;
  /** As it came back from the throw-away MetaStore. */
  readonly rebuilt: Chain | undefined;
}

/** One log as it would be rebuilt, held against the register. */
export function compareLog({ logId, before, after, plan, rebuilt }: Compared): ShadowLog {
  const register = after ?? before;
  const { same, differences } = differencesOf(register, rebuilt);
  const rebuild = plan?.verdict ?? 'not found';
  const hasMoved = before?.version !== after?.version;
  return {
    logId,
    verdict: verdictOf({ hasMoved, isProven: rebuild === 'proven', isSame: differences.length === 0 }),
    rebuild,
    version: register?.version ?? null,
    segments: register?.segments.length ?? 0,
    same,
    differences,
    problems: plan?.problems.map((problem) => problem.message) ?? [],
  };
}

function verdictOf(found: {
  readonly hasMoved: boolean;
  readonly isProven: boolean;
  readonly isSame: boolean;
}): ShadowLog['verdict'] {
  if (found.hasMoved && !found.isSame) return 'moved';
  if (!found.isProven) return 'not proven';
  return found.isSame ? 'same' : 'differs';
}

function differencesOf(
  register: Chain | undefined,
  rebuilt: Chain | undefined,
): { same: number; differences: string[] } {
  if (register === undefined)
    return { same: 0, differences: ['The register is empty, and servers hold loglets of this log.'] };
  if (rebuilt === undefined) return { same: 0, differences: ['Its chain could not be rebuilt.'] };
  const byIndex = new Map(rebuilt.segments.map((segment) => [segment.index, segment]));
  const differences = register.segments.flatMap((segment) => {
    const found = byIndex.get(segment.index);
    byIndex.delete(segment.index);
    // Below the trim point nothing has to be found again.
    const isTrimmed = segment.end !== undefined && segment.end <= register.trimPoint;
    if (found === undefined && isTrimmed) return [];
    return found === undefined
      ? [`Segment ${segment.index} would be missing.`]
      : segmentDiffers(segment, found);
  });
  const extra = [...byIndex.keys()].map((index) => `Segment ${index} is in no register.`);
  const all = [...differences, ...extra];
  return { same: register.segments.length - differences.length, differences: all };
}

function segmentDiffers(registered: Segment, rebuilt: Segment): string[] {
  if (registered.logletId !== rebuilt.logletId)
    return [`Segment ${registered.index} would be ${rebuilt.logletId} instead of ${registered.logletId}.`];
  if (registered.start !== rebuilt.start || registered.end !== rebuilt.end)
    return [
      `Segment ${registered.index} would reach from ${rebuilt.start} ${endText(rebuilt)} instead of from ${registered.start} ${endText(registered)}.`,
    ];
  return [];
}

function endText({ end }: Segment): string {
  return end === undefined ? 'on' : `to ${end}`;
}
