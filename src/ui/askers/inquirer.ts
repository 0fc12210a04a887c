import type { Readable, Writable } from 'node:stream';
import type { Choice, GuidedQuestion, GuidedReply } from '../../ports/Prompter.ts';
import { fitted } from '../fit.ts';
import type { Asker } from '../prompter.ts';
import type { Terminal } from '../terminal.ts';
import { explained } from './explained.ts';

/** From so many choices on, typing finds one. */
const SEARCH_FROM = 12;

/** What a key asks for in a list. Text is typed there for nothing else, so single keys are free. */
const KEYS: Readonly<Record<string, Turn>> = { '?': 'explain', left: 'back', escape: 'back' };
type Turn = 'explain' | 'back' | 'stop';

/**
 * Questions with inquirer, drawn on stderr so that stdout stays for results. In lists the arrow keys choose, `?`
 * explains and the left arrow goes back; the same stand as choices at the end of the list, for those who do not know.
 */
export async function inquirerAsker(io: {
  readonly input: Readable;
  readonly output: Writable;
  readonly terminal: Terminal;
}): Promise<Asker> {
  const { default: inquirer } = await import('inquirer');
  const { input, output, terminal } = io;
  const prompt = inquirer.createPromptModule({ input: input as NodeJS.ReadStream, output });
  const theme = themeFor(terminal);
  // The mark before a question takes two columns of its first line.
  const narrower = { ...terminal, columns: terminal.columns - 2 };

  const text = async (message: string): Promise<string> =>
    (await prompt<{ value: string }>([{ type: 'input', name: 'value', message, theme }])).value;

  /** A list, or the key that was pressed instead of choosing from it. */
  const list = async (
    question: GuidedQuestion,
    keys: readonly string[],
  ): Promise<string | readonly string[] | Turn> => {
    const choices = [
      ...(question.choices ?? []).map((choice) => choiceOf(choice, terminal)),
      ...(question.kind === 'many' ? [] : turns(question)),
    ];
    const base = {
      name: 'value',
      message: fitted(question.message, narrower),
      theme,
      loop: false,
      pageSize: 10,
    } as const;
    const initial = question.initial === undefined ? {} : { default: `${VALUE}${question.initial}` };
    const running =
      question.kind === 'many'
        ? prompt<{ value: string[] }>([{ ...base, type: 'checkbox', choices, required: true }])
        : choices.length >= SEARCH_FROM
          ? prompt<{ value: string }>([
              { ...base, type: 'search', source: (term?: string) => matching(choices, term) },
            ])
          : prompt<{ value: string }>([{ ...base, ...initial, type: 'select', choices }]);
    let pressed: Turn | undefined;
    const onKey = (_: string | undefined, key: { name?: string; sequence?: string } | undefined) => {
      const name = keys.find((one) => one === key?.name || one === key?.sequence);
      pressed = name === undefined ? undefined : KEYS[name];
      if (pressed !== undefined) running.ui.close();
    };
    input.on('keypress', onKey);
    try {
      return (await running).value;
    } catch (error) {
      if (pressed !== undefined && error instanceof Error && error.name === 'AbortPromptError')
        return pressed;
      throw error;
    } finally {
      input.off('keypress', onKey);
    }
  };

  const guided = async (question: GuidedQuestion): Promise<GuidedReply> => {
    const keys = question.canGoBack ? ['?', 'left', 'escape'] : ['?'];
    for (;;) {
      const isList = question.kind === 'choose' || question.kind === 'many';
      const reply = await stoppable(() => (isList ? list(question, keys) : line(question)));
      if (reply === 'explain') terminal.write(explained(question, terminal));
      else if (reply === 'back') return { kind: 'back' };
      else if (reply === 'stop') return { kind: 'stop' };
      else return { kind: 'answer', value: unprefixed(reply) };
    }
  };

  const line = async (question: GuidedQuestion): Promise<string | Turn> => {
    terminal.write(
      `  (? explains${question.canGoBack ? ', < goes back' : ''}, Ctrl-C stops: it can go on later)\n`,
    );
    const typed = (await text(fitted(question.message, narrower))).trim();
    if (typed === '?') return 'explain';
    if (typed === '<' && question.canGoBack) return 'back';
    return `${VALUE}${typed}`;
  };

  return {
    text,
    yesNo: async (message) =>
      (await prompt<{ value: boolean }>([{ type: 'confirm', name: 'value', message, default: false, theme }]))
        .value,
    guided,
  };
}

/** So that no answer of the cluster's can be taken for a turn. */
const VALUE = '=';

function choiceOf({ value, title, consequence }: Choice, terminal: Terminal) {
  const description = consequence === undefined ? {} : { description: fitted(consequence.trim(), terminal) };
  return { value: `${VALUE}${value}`, name: title, short: title, ...description };
}

function turns({ canGoBack }: GuidedQuestion) {
  return [
    { value: 'explain', name: '? Explain this question', short: 'explain' },
    ...(canGoBack ? [{ value: 'back', name: '< Back to the question before', short: 'back' }] : []),
    { value: 'stop', name: 'x Stop here, go on later', short: 'stop' },
  ];
}

function matching<C extends { name: string }>(choices: readonly C[], term = ''): C[] {
  return choices.filter(({ name }) => name.toLowerCase().includes(term.toLowerCase()));
}

function unprefixed(reply: string | readonly string[]): string | readonly string[] {
  return typeof reply === 'string' ? reply.slice(VALUE.length) : reply.map((one) => one.slice(VALUE.length));
}

/** Ctrl-C at a question is a wish to stop, and no failure. */
async function stoppable<T>(question: () => Promise<T>): Promise<T | 'stop'> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return 'stop';
    throw error;
  }
}

/** inquirer's own marks are not in every character set. */
function themeFor({ hasUnicode }: Terminal): object {
  if (hasUnicode) return { prefix: { idle: '?', done: '✓' } };
  return {
    prefix: { idle: '?', done: '*' },
    icon: { cursor: '>', checked: '[x]', unchecked: '[ ]' },
    style: {
      keysHelpTip: (keys: readonly (readonly [string, string])[]) =>
        keys.map(([key, action]) => `${ASCII_KEYS[key] ?? key} ${action}`).join(', '),
    },
  };
}

const ASCII_KEYS: Readonly<Record<string, string>> = { '↑↓': 'up/down', '⏎': 'enter' };
