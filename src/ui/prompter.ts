import { DrError } from '../core/errors.ts';
import type { GuidedQuestion, GuidedReply, Prompter } from '../ports/Prompter.ts';

/** Asks at the terminal. */
export interface Asker {
  text(message: string): Promise<string>;
  yesNo(message: string): Promise<boolean>;
  guided(question: GuidedQuestion): Promise<GuidedReply>;
}

/**
 * Where nobody can be asked, every question is an error that names the flag which would have answered. Never a
 * default: a prompt on a closed stdin must not look like an answer.
 */
export function createPrompter(options: {
  readonly interactive: boolean;
  /** Loaded only when a question is really asked. */
  readonly asker: () => Promise<Asker>;
}): Prompter {
  const ask = async <T>(
    flag: string,
    message: string,
    question: (asker: Asker) => Promise<T>,
  ): Promise<T> => {
    if (!options.interactive) throw noInput(flag, message);
    try {
      return await question(await options.asker());
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
      throw new DrError('E_INTERRUPTED', { message: 'The question was not answered. Nothing was changed.' });
    }
  };
  return {
    interactive: options.interactive,
    typed: ({ message, word, flag }) =>
      ask(flag, message, async (asker) => (await asker.text(message)).trim() === word),
    text: ({ message, flag }) => ask(flag, message, async (asker) => (await asker.text(message)).trim()),
    confirm: ({ message, flag }) => ask(flag, message, (asker) => asker.yesNo(message)),
    guided: (question) => ask(question.flag, question.message, (asker) => asker.guided(question)),
  };
}

function noInput(flag: string, message: string): DrError {
  return new DrError('E_NO_INPUT', {
    message: `"${message}" cannot be asked: there is no terminal, or \`--no-input\` or CI is set. Nothing was changed.`,
    hint: `Give ${flag}.`,
    context: { flag },
  });
}
