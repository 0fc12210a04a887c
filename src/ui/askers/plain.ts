import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { DrError } from '../../core/errors.ts';
import type { Choice, GuidedQuestion, GuidedReply } from '../../ports/Prompter.ts';
import type { Asker } from '../prompter.ts';
import type { Terminal } from '../terminal.ts';
import { explained } from './explained.ts';

/** Questions as numbered lines, for terminals where nothing can be drawn over: `TERM=dumb`, a serial console. */
export function plainAsker({
  input,
  terminal,
}: {
  readonly input: Readable;
  readonly terminal: Terminal;
}): Asker {
  const read = (message: string): Promise<string> => {
    terminal.write(`${message} `);
    const lines = createInterface({ input, terminal: false });
    return new Promise((resolve, reject) => {
      lines.once('line', (line) => {
        resolve(line.trim());
        lines.close();
      });
      lines.once('close', () => reject(closed()));
    });
  };
  const guided = async (question: GuidedQuestion): Promise<GuidedReply> => {
    terminal.write(listText(question));
    const ways = [
      '? explains',
      ...(question.canGoBack ? ['< goes back'] : []),
      'q stops: it can go on later',
    ];
    for (;;) {
      const typed = await read(`${question.message}\n  (${ways.join(', ')})\n>`);
      if (typed === '?') terminal.write(explained(question, terminal));
      else if (typed === '<' && question.canGoBack) return { kind: 'back' };
      else if (typed === 'q') return { kind: 'stop' };
      else {
        const value = answerIn(question, typed);
        if (value !== undefined) return { kind: 'answer', value };
        terminal.write(`"${typed}" is none of the answers.\n`);
      }
    }
  };
  return { text: read, yesNo: async (message) => /^y(es)?$/i.test(await read(`${message} (y/N)`)), guided };
}

function listText({ choices = [], initial }: GuidedQuestion): string {
  const line = ({ value, title, consequence }: Choice, place: number) =>
    `  ${place + 1}. ${title}${value === initial ? ' [Enter]' : ''}${consequence === undefined ? '' : `\n     ${consequence}`}\n`;
  return choices.map(line).join('');
}

function answerIn(question: GuidedQuestion, typed: string): string | readonly string[] | undefined {
  const { kind, choices = [], initial } = question;
  if (kind === 'text' || kind === 'typed') return typed === '' ? undefined : typed;
  if (typed === '') return initial;
  const chosen = typed.split(/[\s,]+/).map((one) => choiceOf(choices, one));
  const values = chosen.flatMap((choice) => choice?.value ?? []);
  if (values.length !== chosen.length) return undefined;
  return kind === 'many' ? values : values.length === 1 ? values[0] : undefined;
}

/** By its number, or by its own name. */
function choiceOf(choices: readonly Choice[], typed: string): Choice | undefined {
  return choices.find(({ value }) => value === typed) ?? choices[Number(typed) - 1];
}

function closed(): DrError {
  return new DrError('E_INTERRUPTED', { message: 'The question was not answered. Nothing was changed.' });
}
