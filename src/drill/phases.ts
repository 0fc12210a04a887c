import type { JournalRecord } from '../codec/journal.ts';
import type { Playbook } from '../codec/playbook.ts';
import { playbookEventSchema } from '../codec/playbookEvents.ts';

export interface PlaybookTimes {
  /** The first plan lay there to be read. */
  readonly plannedAt?: number;
  /** The last step was done that brings the log back; what makes it whole again comes after. */
  readonly recoveredAt?: number;
  readonly completedAt?: number;
}

/** From the journal of the playbook's run: it says of everything when it was done. */
export function playbookTimes(records: readonly JournalRecord[], playbook: Playbook): PlaybookTimes {
  const recovering = new Set(
    playbook.steps.filter((step) => step.phase !== 'reconstitution').map((step) => step.id),
  );
  const times: { -readonly [K in keyof PlaybookTimes]: PlaybookTimes[K] } = {};
  for (const record of records) {
    if (record.type === 'end' && record.outcome === 'done') times.completedAt = record.at;
    if (record.type !== 'done') continue;
    const event = playbookEventSchema.safeParse(record.result).data;
    if (event === undefined || !('step' in event) || !recovering.has(event.step)) continue;
    if (event.type === 'planned') times.plannedAt ??= record.at;
    if (event.type === 'finished' && event.outcome !== 'left out') times.recoveredAt = record.at;
  }
  return times;
}
