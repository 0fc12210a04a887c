import { expect, it } from 'vitest';
import { COMMANDS } from '../../../../src/cli/commandTable.ts';
import { EXPLAINED } from '../../../../src/core/findings/explained.ts';

it.each(Object.entries(EXPLAINED).filter(([, { next }]) => next !== null))(
  '%s names a command that there is, with flags that it has',
  (_, { next }) => {
    const words = (next ?? '').split(' ').slice(1);
    const flags = words.filter((word) => word.startsWith('--'));
    const path = words.filter((word) => /^[a-z]/.test(word)).join(' ');
    const spec = COMMANDS.find((command) => command.path === path);
    const known = (spec?.options ?? []).map(([text]) => text.split(' ')[0]);
    expect(spec?.path).toBe(path);
    expect(known).toEqual(expect.arrayContaining(flags));
  },
);

it.each(Object.entries(EXPLAINED))('%s is said in a short title without a full stop', (_, { title }) => {
  expect(title.length).toBeLessThanOrEqual(70);
  expect(title).toMatch(/^[A-Z].*[^.]$/);
});
