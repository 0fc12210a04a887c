import type { PlanAction } from '../../codec/plans/head.ts';
import type { RestoredSegment, RestorePlan } from '../../codec/plans/restore.ts';

/** Names of steps, the same in the plan, in the journal and on a resume. */
export const STEPS = {
  loss: 'record the loss',
  goOn: 'go on in a new loglet',
  manifest: ({ index }: Pick<RestoredSegment, 'index'>) => `segment ${index}: write the manifest`,
  install: 'install the archive',
  readBack: 'read back',
} as const;

/** In the order of `apply`. */
export function actionsOf({
  logId,
  segments,
  repository,
}: Pick<RestorePlan, 'logId' | 'segments' | 'repository'>): PlanAction[] {
  const last = segments.find(({ place }) => place === 'last');
  const indices = segments.map(({ index }) => index).join(', ');
  return [
    ...(last === undefined
      ? []
      : [
          {
            step: STEPS.loss,
            says: `Record in the chain that segment ${last.index} of log ${logId} ends at ${last.end}, and that what was acknowledged behind it is given up.`,
          },
          { step: STEPS.goOn, says: `Go on in a new loglet from ${last.end} on.` },
        ]),
    ...segments.map((segment) => ({
      step: STEPS.manifest(segment),
      says: `Name the ${segment.objects} objects (${segment.bytes} bytes) of segment ${segment.index} in a manifest, if none does.`,
    })),
    {
      step: STEPS.install,
      says: `Let segment ${indices} of log ${logId} be read from ${repository.url}, by compare-and-set.`,
    },
    {
      step: STEPS.readBack,
      says: 'Read the first and the last entry of what each of them holds through the log.',
    },
  ];
}
