import { parse } from 'yaml';
import type { z } from 'zod';
import { type Playbook, playbookSchema } from '../codec/playbook.ts';
import { type AnswersFile, answersFileSchema } from '../codec/playbookEvents.ts';
import type { ConfigProblem } from '../config/config.ts';
import { problemsOf } from '../config/problems.ts';
import { DrError } from '../core/errors.ts';
import { type Commands, ruleProblems } from './rules.ts';

/** A playbook, or everything that is wrong with its file. */
export type Parsed =
  | { readonly playbook: Playbook; readonly problems: readonly [] }
  | { readonly playbook?: undefined; readonly problems: readonly ConfigProblem[] };

/** Shape first; the rules between the parts can only be held against what has the shape. */
export function parsePlaybook(text: string, commands: Commands): Parsed {
  const shaped = shapedAs(playbookSchema, text);
  if ('problems' in shaped) return shaped;
  const problems = ruleProblems(shaped.value, commands);
  return problems.length > 0 ? { problems } : { playbook: shaped.value, problems: [] };
}

/** Throws `E_CONFIG` with everything that is wrong. */
export function parseAnswers(text: string, file: string): AnswersFile {
  const shaped = shapedAs(answersFileSchema, text);
  if ('value' in shaped) return shaped.value;
  throw badFile('E_CONFIG', file, shaped.problems);
}

export function badFile(
  code: 'E_CONFIG' | 'E_BAD_PLAYBOOK',
  file: string,
  problems: readonly ConfigProblem[],
): DrError {
  const lines = problems.map(
    ({ path, expected, received }) => `  ${path}: expected ${expected}, received ${received}`,
  );
  return new DrError(code, {
    message: `${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}. Nothing was changed.\n${lines.join('\n')}`,
    hint: `Correct ${file}.`,
    context: { file, problems },
  });
}

function shapedAs<T>(
  schema: z.ZodType<T>,
  text: string,
): { readonly value: T } | { readonly problems: readonly ConfigProblem[] } {
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 100, logLevel: 'error' });
  } catch (error) {
    const received = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { problems: [{ path: '(the whole file)', expected: 'YAML', received }] };
  }
  const shaped = schema.safeParse(document);
  return shaped.success ? { value: shaped.data } : { problems: problemsOf(shaped.error, document) };
}
