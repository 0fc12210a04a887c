import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toJson } from '../../../src/codec/common.ts';
import { type Damaged, damagedBytes, damagedJson, damagedLines, shown } from './damage.ts';
import { type Document, documents, isRefusal, playbooks } from './documents.ts';

const RUNS = { numRuns: 250 };
const all = [...(await documents()), ...(await playbooks())];

function damaged({ form, sound }: Document): fc.Arbitrary<Damaged> {
  const text = Buffer.from(sound).toString();
  if (form === 'json') return damagedJson(text).map(shown);
  return (form === 'lines' ? damagedLines(text) : damagedBytes(sound)).map(shown);
}

/** What it says, in one text; `undefined` when it was refused. Fails when it was refused by accident. */
async function saying({ read, digest }: Document, bytes: Buffer): Promise<string | undefined> {
  try {
    const value = await read(bytes);
    if (value === undefined) return undefined;
    return digest ? toJson(value) : 'something';
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

test('all of them are here, and are read as they were written', async () => {
  expect(all.map(({ name }) => name).length).toBeGreaterThan(18);
  for (const document of all) expect(await saying(document, Buffer.from(document.sound))).toBeDefined();
});

describe.each(all)('$name', (document) => {
  test('damaged in any way it is refused with a code, and never crashes its reader', async () => {
    const sound = await saying(document, Buffer.from(document.sound));
    await fc.assert(
      fc.asyncProperty(damaged(document), async ({ bytes }) => {
        const said = await saying(document, bytes);
        // Where a digest covers it: a change that says something else is never taken for the truth.
        if (document.digest && said !== undefined) expect(said).toBe(sound);
      }),
      RUNS,
    );
  });
});
