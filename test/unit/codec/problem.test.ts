import { expect, test } from 'vitest';
import { z } from 'zod';
import { firstProblem } from '../../../src/codec/problem.ts';

test('a problem is said in one line, and what is missing is called so', () => {
  const schema = z.strictObject({ log: z.strictObject({ id: z.string(), version: z.number() }) });
  const said = (value: unknown) => {
    const { error } = schema.safeParse(value);
    return error && firstProblem(error);
  };
  expect(said({ log: { id: 'a' } })).toBe('log.version is missing.');
  expect(said({ log: { id: 'a', version: 'x' } })).toMatch(/^log\.version: .*string\.$/);
  expect(said('x')).toMatch(/^It: .*string\.$/);
});
