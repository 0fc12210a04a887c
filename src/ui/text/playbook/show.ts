import type { Playbook, Step } from '../../../codec/playbook.ts';
import { folded } from '../fold.ts';
import { paragraph } from './steps.ts';

/** What a person reads before the first step: what is true, what not to do, how long it takes. */
export function introText(playbook: Playbook): string {
  const { title, now, doNot, minutes, steps } = playbook;
  return [
    '',
    title,
    ...paragraph(now, '  '),
    '',
    '  Do not',
    ...doNot.flatMap(({ command, because }) => paragraph(`${command}: ${because}`, '  - ')),
    '',
    ...paragraph(
      `${steps.length} steps, ${minutes.least} to ${minutes.most} minutes. Every answer and step is written down: Ctrl-C is safe, and it goes on at the same step.`,
      '  ',
    ),
  ].join('\n');
}

/** All of a playbook, to be read before it is needed. */
export function playbookText(playbook: Playbook): string {
  const { id, symptom, steps, afterwards = [] } = playbook;
  return [
    `${id}: ${introText(playbook).trim()}`,
    '',
    ...paragraph(`You see: ${symptom}`, ''),
    ...steps.flatMap(stepText),
    ...(afterwards.length === 0
      ? []
      : ['', 'Afterwards', ...afterwards.flatMap((one) => paragraph(one, '  - '))]),
  ].join('\n');
}

function stepText(step: Step, place: number): string[] {
  return [
    '',
    `${place + 1}. ${step.title} (${step.phase})`,
    ...paragraph(step.why, '   '),
    ...whatItDoes(step),
  ];
}

function whatItDoes(step: Step): string[] {
  switch (step.do) {
    case 'run':
      return [`   $ vlog-dr ${step.command}`, ...ending(step)];
    case 'manual':
      return [
        ...step.instruction
          .trim()
          .split('\n')
          .flatMap((line) => folded(line, '   ')),
        ...ending(step),
      ];
    case 'ask':
      return [`   ${step.question}`];
    case 'decide':
      return [
        `   ${step.question}`,
        ...step.options.flatMap(({ title, consequence, id }) =>
          paragraph(`${title}${id === step.recommended ? ' (recommended)' : ''}: ${consequence}`, '   - '),
        ),
      ];
  }
}

function ending({ ifItFails, undo }: { readonly ifItFails: string; readonly undo: string }): string[] {
  return [...paragraph(`If it fails: ${ifItFails}`, '   '), ...paragraph(`Undo: ${undo}`, '   ')];
}
