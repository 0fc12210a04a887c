import type { z } from 'zod';
import { DrError } from '../core/errors.ts';
import type { ConfigProblem } from './config.ts';

/** All that is wrong, at once: a file is not corrected one run at a time. */
export function configError(file: string, problems: readonly ConfigProblem[]): DrError {
  const lines = problems.map(
    ({ path, expected, received }) => `  ${path}: expected ${expected}, received ${received}`,
  );
  return new DrError('E_CONFIG', {
    message: `${file} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}. Nothing was read or changed.\n${lines.join('\n')}`,
    hint: `Correct ${file}.`,
    context: { file, problems },
  });
}

/** zod's issues, told the same way as the named rules. */
export function problemsOf(error: z.ZodError, input: unknown): ConfigProblem[] {
  return error.issues.flatMap((issue): ConfigProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: dotted([...issue.path, key]),
        expected: 'no such key',
        received: 'one (misspelt, or a secret that does not belong here)',
      }));
    }
    const received = describeValue(valueAt(input, issue.path));
    return [{ path: dotted(issue.path), expected: expectationOf(issue), received }];
  });
}

function article(word: string): string {
  return /^[aeio]/.test(word) ? 'an' : 'a';
}

function expectationOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'object' ? 'a mapping' : `${article(issue.expected)} ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ');
    case 'too_small':
      return `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_format':
      return issue.format === 'uuid' ? 'a UUID' : issue.message.replace(/^expected /, '');
    default:
      return issue.message.replace(/^expected /, '');
  }
}

export function dotted(path: readonly PropertyKey[]): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? '(the whole file)' : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
