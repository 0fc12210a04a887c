import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ERROR_CATALOGUE, EXIT } from '../../src/core/errorCatalogue.ts';

const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** code → exit, as the tables say. */
const documented = new Map(
  [...text.matchAll(/^\| `(E_[A-Z_]+)` \| (\d+) \| (.+) \| (.+) \|$/gm)].map((row) => [
    row[1] ?? '',
    Number(row[2]),
  ]),
);

test('docs/errors.md explains every error, with its exit code, and no other', () => {
  const catalogue = Object.entries(ERROR_CATALOGUE).map(([code, { exit }]) => [code, exit]);
  expect([...documented].sort()).toEqual(catalogue.sort());
});

test('docs/errors.md explains every exit code', () => {
  const exits = [...text.matchAll(/^\| (\d+) \| /gm)].map((row) => Number(row[1]));
  expect(exits.sort()).toEqual(Object.values(EXIT).sort());
});
