import type { DrError } from '../core/errors.ts';
import { fitted } from './fit.ts';
import { paint, type Terminal } from './terminal.ts';

/** An error as a person reads it: what happened, what is true of the data, what to do next; with causes if asked. */
export function failureText(error: DrError, terminal: Terminal, isVerbose: boolean): string {
  const lines = [
    `${paint(terminal, 'red', error.code)}: ${paint(terminal, 'bold', error.title)}`,
    ...error.message.split('\n').map((line) => fitted(`  ${line}`, terminal)),
    fitted(`${paint(terminal, 'cyan', 'next')}: ${error.hint}`, terminal),
  ];
  if (isVerbose) lines.push(...causes(error));
  return `${lines.join('\n')}\n`;
}

/** The same for machines. */
export function failureDocument(error: DrError): object {
  const { code, title, message, hint, context } = error;
  return { error: { code, title, message, hint, context } };
}

function causes(error: Error): string[] {
  const lines: string[] = [];
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 10; depth += 1) {
    lines.push(...(cause.stack ?? String(cause)).split('\n').map((line) => `  ${line}`));
    cause = cause.cause;
    if (cause !== undefined) lines.push('caused by');
  }
  return lines;
}
