import type { RestoredSegment, RestorePlan } from '../../../codec/plans/restore.ts';
import { endingText, intervals, titleOf } from './words.ts';

/** A restore as the person reads it who has to say yes. */
export function restoreText(plan: RestorePlan): string {
  return [
    titleOf(plan, `restore log ${plan.logId} from ${plan.repository.url}`),
    ...plan.segments.flatMap(segmentText),
    ...(plan.segments.length === 0 ? ['Every position is on a server that answers.'] : [verdictText(plan)]),
    ...endingText(plan),
  ].join('\n');
}

function segmentText(segment: RestoredSegment): string[] {
  const { index, logletId, start, end, place, missing, held, left, objects, bytes } = segment;
  const range = place === 'last' ? `${start} on, to be ended at ${end}` : `${start} to ${end}`;
  return [
    `  ${index}  ${range}  ${logletId}`,
    `     on nobody who answers: ${intervals(missing) || 'what was appended to it'}`,
    `     in the repository, every byte checked: ${intervals(held) || 'nothing'} (${objects} objects, ${bytes} bytes)`,
    ...(left.length > 0 ? [`     LOST unless a silent server returns: ${intervals(left)}`] : []),
  ];
}

function verdictText({ verdict }: RestorePlan): string {
  switch (verdict) {
    case 'whole':
      return 'WHOLE: the repository holds everything that is missing.';
    case 'partial':
      return 'PARTIAL: the repository does not hold everything that is missing.';
    case 'nothing held':
      return 'NOTHING of it is in the repository.';
  }
}

export function restoredText(
  plan: RestorePlan,
  done: { readonly version: number; readonly extended: boolean },
): string {
  const left = plan.segments.flatMap((segment) => segment.left);
  const held = plan.segments.flatMap((segment) => segment.held);
  return [
    `${plan.verdict === 'whole' ? 'OK' : 'WARN'}: log ${plan.logId} reads ${intervals(held)} from ${plan.repository.url}, since version ${done.version}.`,
    ...(left.length > 0 ? [`RECORDED: ${intervals(left)} may be missing.`] : []),
    ...(done.extended ? ['The log goes on in a new loglet.'] : []),
    'Next: `vlog-dr verify`',
  ].join('\n');
}
