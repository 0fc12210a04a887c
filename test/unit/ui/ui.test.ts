import { expect, test } from 'vitest';
import { DrError } from '../../../src/core/errors.ts';
import { failureDocument, failureText } from '../../../src/ui/failure.ts';
import { createPrompter } from '../../../src/ui/prompter.ts';
import { lineReporter } from '../../../src/ui/reporter.ts';
import { textTable } from '../../../src/ui/table.ts';
import { wantsColour, wantsMotion } from '../../../src/ui/terminal.ts';

const COLOUR: [isTerminal: boolean, env: Record<string, string>, colour: boolean][] = [
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [false, { FORCE_COLOR: '1' }, true],
  [true, { FORCE_COLOR: '0' }, false],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [true, { TERM: 'dumb' }, false],
];

test.each(COLOUR)('colour on a terminal=%s with %j: %s', (isTerminal, env, colour) => {
  expect(wantsColour(isTerminal, env)).toBe(colour);
});

test('nothing moves in a pipe, on a dumb terminal, or in CI', () => {
  const cases: [boolean, Record<string, string>][] = [
    [true, {}],
    [false, {}],
    [true, { TERM: 'dumb' }],
    [true, { CI: 'true' }],
  ];
  expect(cases.map(([isTerminal, env]) => wantsMotion(isTerminal, env))).toEqual([true, false, false, false]);
});

test('a question that nobody can be asked is an error that names the flag', async () => {
  const prompter = createPrompter({
    interactive: false,
    asker: () => Promise.reject(new Error('the prompt was loaded')),
  });
  const questions = [
    prompter.typed({ message: 'Apply?', word: 'prod', flag: '--yes' }),
    prompter.confirm({ message: 'Apply?', flag: '--yes' }),
    prompter.text({ message: 'Address?', flag: '--address' }),
  ];
  const answers = await Promise.allSettled(questions);
  expect(
    answers.map((one) => (one.status === 'rejected' ? [one.reason.code, one.reason.hint] : one.value)),
  ).toEqual([
    ['E_NO_INPUT', 'Give --yes.'],
    ['E_NO_INPUT', 'Give --yes.'],
    ['E_NO_INPUT', 'Give --address.'],
  ]);
});

const notGuided = () => Promise.resolve({ kind: 'stop' } as const);

test('only exactly the word is a yes', async () => {
  const typing = (text: string) =>
    createPrompter({
      interactive: true,
      asker: async () => ({ text: async () => text, yesNo: async () => true, guided: notGuided }),
    }).typed({ message: 'Name?', word: 'prod', flag: '--yes' });
  expect([
    await typing('prod'),
    await typing(' prod '),
    await typing('Prod'),
    await typing(''),
    await typing('yes'),
  ]).toEqual([true, true, false, false, false]);
});

test('a prompt that was closed is an interruption, never an answer', async () => {
  const closed = Object.assign(new Error('closed'), { name: 'ExitPromptError' });
  const prompter = createPrompter({
    interactive: true,
    asker: async () => ({
      text: () => Promise.reject(closed),
      yesNo: () => Promise.reject(closed),
      guided: notGuided,
    }),
  });
  await expect(prompter.confirm({ message: 'Apply?', flag: '--yes' })).rejects.toMatchObject({
    code: 'E_INTERRUPTED',
  });
});

test('an error says what happened, what is true, and what to do next', () => {
  const error = new DrError('E_UNSEALABLE', {
    message: 'Three are silent.\nNothing was changed.',
    hint: 'Start s1.',
  });
  const terminal = { isTerminal: false, hasColour: false, hasUnicode: true, columns: 80, write: () => {} };
  expect(failureText(error, terminal, false)).toBe(
    'E_UNSEALABLE: The loglet cannot be sealed\n  Three are silent.\n  Nothing was changed.\nnext: Start s1.\n',
  );
  expect(failureText(error, terminal, true)).toContain('ui.test.ts');
  expect(failureDocument(error)).toMatchObject({ error: { code: 'E_UNSEALABLE', hint: 'Start s1.' } });
});

test('without a terminal a stage is one line when it begins and one when it ends', () => {
  const lines: string[] = [];
  const reporter = lineReporter({
    isTerminal: false,
    hasColour: false,
    hasUnicode: true,
    columns: 80,
    write: (text) => lines.push(text),
  });
  const stage = reporter.stage('sealing');
  stage.update('s1');
  stage.done('3 of 3');
  reporter.warn('s4 is silent');
  expect(lines).toEqual(['… sealing\n', '✓ sealing: 3 of 3\n', '! s4 is silent\n']);
});

test('a table is plain columns without trailing space', () => {
  const terminal = { hasColour: false };
  expect(
    textTable(
      terminal,
      ['id', 'state'],
      [
        ['s1', 'ok'],
        ['s10', ''],
      ],
    ),
  ).toBe('id   state\ns1   ok\ns10');
});
