import type { DecideStep, Step } from '../../../codec/playbook.ts';
import { folded } from '../fold.ts';

const PHASE: Readonly<Record<Step['phase'], string>> = {
  activation: 'Activation',
  recovery: 'Recovery',
  reconstitution: 'Reconstitution',
};

/** Prose as YAML gives it, in lines of at most 80 columns; an empty line begins a new paragraph. */
export function paragraph(text: string, label: string): string[] {
  const [first = '', ...rest] = text
    .trim()
    .split(/\n\s*\n/)
    .map((part) => part.replace(/\s+/g, ' '));
  return [
    ...folded(first, label),
    ...rest.flatMap((part) => ['', ...folded(part, ' '.repeat(label.length))]),
  ];
}

/** What a step opens with: where one is, what is done, and why. */
export function stepHead({ title, phase, why }: Step, number: number, total: number): string {
  return ['', `[${number}/${total}] ${PHASE[phase]}: ${title}`, ...paragraph(why, '  ')].join('\n');
}

export function leftOutText({ title }: Step): string {
  return `\n  Left out, not needed now: ${title}`;
}

export function alreadySoText(): string {
  return '  Nothing to do: it is already so.';
}

/** Every command is shown, so that it can be run by hand. */
export function commandText(line: string): string {
  return `  $ ${line}`;
}

export function filledLines(head: string, text: string): string {
  return [
    `  ${head}:`,
    ...text
      .trim()
      .split('\n')
      .flatMap((line) => folded(line, '    ')),
  ].join('\n');
}

export function decisionExplained({ why, options }: DecideStep, recommended: string): string {
  return [
    why,
    ...options.flatMap(({ id, title, consequence, stop }) => [
      '',
      `${title}${id === recommended ? ' (recommended)' : ''}`,
      ...folded(consequence, '  '),
      ...(stop === undefined ? [] : ['  The playbook ends with this answer.']),
    ]),
  ].join('\n');
}

export function consentExplained(flag: string, meaning: string): string {
  return [
    `${flag} takes a risk that the plan names. No other answer takes it, --yes does not either.`,
    meaning,
    'Not sure? Stop here. Nothing has been changed by this step, and the playbook waits.',
  ].join('\n\n');
}
