import type { GuidedQuestion } from '../../ports/Prompter.ts';
import { fitted } from '../fit.ts';
import type { Terminal } from '../terminal.ts';

/** Why it is asked, between empty lines: it must stand out from the question itself. */
export function explained({ explanation }: GuidedQuestion, terminal: Terminal): string {
  const lines = explanation.split('\n').map((line) => (line === '' ? '' : `  ${line}`));
  return `\n${fitted(lines.join('\n'), terminal)}\n\n`;
}
