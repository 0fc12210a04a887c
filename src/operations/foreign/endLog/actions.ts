import type { EndLogPlan } from '../../../codec/plans/endLog.ts';
import { formatReplication } from '../../../codec/restate/text.ts';

type Body = Omit<EndLogPlan, 'planId' | 'actions' | 'assumptions'>;

/** The steps of an apply in their order, in words for the person who says yes. */
export function actionsOf({ forced, extension, last, logId, command }: Body): EndLogPlan['actions'] {
  const actions: { step: string; says: string }[] = [];
  const add = (step: string, says: string) => actions.push({ step, says });
  add('prove the store', 'Make sure that the metadata store takes writes.');
  if (forced !== undefined)
    add(
      'declare lost',
      `Disable the storage of ${forced.lost.map(({ name }) => name).join(', ')}: for good, none of them may come back with its data.`,
    );
  if (extension?.changesSettings === true)
    add(
      'change the settings',
      `Set the replication of logs and partitions to ${formatReplication(extension.replication)}: Restate would end the new segment again if it could not have what its settings ask for.`,
    );
  if (!last.sealedInChain && (forced !== undefined || command === 'seal'))
    add(
      'seal',
      forced === undefined
        ? `Seal loglet ${last.logletId}: log ${logId} takes no records any more.`
        : `Seal loglet ${last.logletId} with those who answer, at LSN ${forced.tail} as of now.`,
    );
  if (extension !== undefined) {
    add(
      'extend',
      `Put a new segment behind it, on ${extension.nodeset.join(', ')} with ${formatReplication(extension.replication)}.`,
    );
    add('verify', 'Find the tail of the log: it takes records again.');
  }
  return actions;
}

/** What the plan rests on, printed with it. */
export function assumptionsOf({ forced }: Body): string[] {
  if (forced === undefined || forced.lost.length === 0) return [];
  const lost = forced.lost.map(({ name }) => name).join(', ');
  return [
    `${lost} never come back: they could go on acknowledging records that no log will have.`,
    'Restate cannot read past a record that nobody holds: a partition that has not applied it yet stays before it.',
  ];
}
