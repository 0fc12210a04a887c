import { stringify } from 'yaml';
import type { Playbook } from '../codec/playbook.ts';
import type { PlaybookEvent } from '../codec/playbookEvents.ts';

/** The key of an answer in an answers file: `rebuild`, `rebuild.apply`, `rebuild.accept-loss.1`, `retire.s1.destroyed`. */
export function answerKey({ step, item, question }: AnswerName): string {
  return [step, item ?? '', question.replace(/^--/, '').replace(' ', '.')]
    .filter((part) => part !== '')
    .join('.');
}

interface AnswerName {
  readonly step: string;
  readonly item?: string;
  readonly question: string;
}

/** What was answered in a run. */
export function answersOf({ id }: Playbook, events: readonly PlaybookEvent[]) {
  const answers = Object.fromEntries(
    events.flatMap((event) => (event.type === 'answer' ? [[answerKey(event), event.value] as const] : [])),
  );
  return { playbook: id, answers };
}

/** The same as a file that answers it again. */
export function answersYaml(playbook: Playbook, events: readonly PlaybookEvent[]): string {
  return stringify({ schemaVersion: 1, ...answersOf(playbook, events) });
}
