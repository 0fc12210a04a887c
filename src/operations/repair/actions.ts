import type { PlanAction } from '../../codec/plans/head.ts';
import type { CopyRepair, RepairPlan, SegmentRepair } from '../../codec/plans/repair.ts';
import type { LogId } from '../../core/ids.ts';

/** Names of steps, the same in the plan, in the journal and on a resume. */
export function closeStep(logId: LogId, { index }: SegmentRepair): string {
  return `log ${logId}, segment ${index}: close`;
}

export function copyStep(logId: LogId, { index }: SegmentRepair, { server }: CopyRepair): string {
  return `log ${logId}, segment ${index}: complete ${server}`;
}

/** In the order of `apply`: a copy is closed, and so sealed, before anything is added to it. */
export function actionsOf({ logs }: Pick<RepairPlan, 'logs'>): PlanAction[] {
  return logs.flatMap(({ logId, segments }) =>
    segments.flatMap((segment) => [
      ...(segment.close === undefined
        ? []
        : [
            {
              step: closeStep(logId, segment),
              says: `Tell ${segment.close.servers.join(', ')} that segment ${segment.index} of log ${logId} ended at ${segment.end}.`,
            },
          ]),
      ...segment.copies.map((copy) => ({
        step: copyStep(logId, segment, copy),
        says: `${whatIsDone(copy)} segment ${segment.index} of log ${logId} on ${copy.server}, from ${copy.sources.join(', ')}.`,
      })),
    ]),
  );
}

function whatIsDone({ missing, damaged }: CopyRepair): string {
  const heal = damaged.length > 0 ? `replace ${damaged.length} damaged entries` : '';
  const add =
    missing === undefined
      ? ''
      : `add ${missing.to - missing.from} entries (${missing.from} to ${missing.to})`;
  const both = [heal, add].filter((one) => one !== '').join(' and ');
  return `${both.charAt(0).toUpperCase()}${both.slice(1)} in`;
}
