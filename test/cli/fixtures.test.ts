import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FIXTURES, openSituation } from '../support/fixtures/situation.ts';

/** What is asked in every situation. What is said lies beside the situation, in `said.txt`. */
const COMMANDS = ['assess', 'rebuild-metastore --from-loglets'];

const situations = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test.each(situations)('%s: this is said, and nothing is changed by asking', async (name) => {
  const situation = await openSituation(name);
  try {
    const said: string[] = [];
    for (const command of COMMANDS) said.push(await situation.ask(command));
    await expect(said.join('\n')).toMatchFileSnapshot(join(FIXTURES, name, 'said.txt'));
    expect(situation.changesAsked).toEqual([]);
  } finally {
    await situation.close();
  }
});

test.each(situations)('%s: its README quotes what is really said', (name) => {
  const said = flat(readFileSync(join(FIXTURES, name, 'said.txt'), 'utf8'));
  const readme = readFileSync(join(FIXTURES, name, 'README.md'), 'utf8');
  const quoted = [...readme.matchAll(/^> (.+(?:\n> .+)*)/gm)].map(([, text = '']) =>
    flat(text.replaceAll('\n> ', ' ')),
  );
  expect(quoted.length).toBeGreaterThan(0);
  for (const quote of quoted) expect(said).toContain(quote);
});

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
