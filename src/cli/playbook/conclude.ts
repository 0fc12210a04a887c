import type { Playbook } from '../../codec/playbook.ts';
import type { PlaybookEvent } from '../../codec/playbookEvents.ts';
import type { PlaybookRunResult } from '../../codec/results/playbook.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { answerKey } from '../../playbook/answersFile.ts';
import type { Sight } from '../../playbook/sight.ts';
import { concludedText } from '../../ui/text/playbook/concluded.ts';
import type { App } from '../app.ts';
import type { SessionResult } from './session.ts';

/** Says how a run of a playbook ended, and what is still wrong. Exit 0: it is done, and nothing is. */
export function conclude(
  app: App,
  { playbook, result, assessment }: { playbook: Playbook; result: SessionResult; assessment: Sight },
): ExitCode {
  const { outcome, because, runId, events } = result;
  const isDry = runId === undefined;
  const document: PlaybookRunResult = {
    playbook: playbook.id,
    runId: runId ?? null,
    outcome,
    ...(because !== undefined && { because }),
    steps: playbook.steps.map((step) => {
      const told = stepResult(step, events);
      return isDry && told.outcome === 'done' ? { ...told, outcome: 'planned' } : told;
    }),
    answers: events.flatMap((event) =>
      event.type === 'answer'
        ? [
            {
              key: answerKey(event),
              value: typeof event.value === 'string' ? event.value : [...event.value],
              by: event.by,
            },
          ]
        : [],
    ),
    findings: assessment.findings.map((finding) => ({ ...finding })) as PlaybookRunResult['findings'],
  };
  app.out.result(document, () => concludedText(playbook, document));
  // A walk with plans only has done what it was for, whatever the cluster is like.
  if (isDry) return EXIT.done;
  return outcome === 'done' && assessment.verdict === 'ok' ? EXIT.done : EXIT.attention;
}

function stepResult(
  { id, title }: Playbook['steps'][number],
  events: readonly PlaybookEvent[],
): PlaybookRunResult['steps'][number] {
  const finished = events.find((event) => event.type === 'finished' && event.step === id);
  const commands = events.flatMap((event) =>
    event.type === 'ran' && event.step === id
      ? [
          {
            command: [...event.command],
            exit: event.exit,
            ...(event.runId !== undefined && { runId: event.runId }),
          },
        ]
      : [],
  );
  if (finished?.type !== 'finished') return { step: id, title, outcome: 'not reached', commands };
  const { outcome, because } = finished;
  return { step: id, title, outcome, ...(because !== undefined && { because }), commands };
}
