import { describe, expect, test } from 'vitest';
import { NO_CONSENT, reconstructLog } from '../../src/core/reconstruct/reconstruct.ts';
import { type Dangers, Historian } from '../property/history.ts';
import { LOG } from '../support/evidence.ts';
import { possibleChains } from './possible.ts';

const CASES = Number(process.env.VLOG_DR_CASES ?? 1_500);
const SEED = Number(process.env.VLOG_DR_SEED ?? 1);
const CALM: Dangers = { wipes: false, trims: false, damage: false };

/** Histories of a small universe, of which only what is left of them is shown: to the product, and to enumeration. */
function judge(dangers: Dangers) {
  const wrong: string[] = [];
  const refused: string[] = [];
  let oneChain = 0;
  let several = 0;
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const observation = new Historian(seed, dangers).run(10 + (seed % 7) * 12).world.observe();
    const possible = possibleChains(observation, LOG);
    if (possible.kind === 'not judged') continue;
    const { verdict, segments, end } = reconstructLog(observation, LOG, NO_CONSENT);
    const tip = segments.at(-1)?.logletId;
    if (possible.kind === 'one chain') oneChain += 1;
    else several += 1;
    const isPossible = possible.kind === 'one chain' && tip !== undefined && possible.tips.has(tip);
    if (verdict === 'proven' && !isPossible) wrong.push(`${seed}: ${tip} by ${end?.proof.kind}`);
    if (verdict !== 'proven' && possible.kind === 'one chain') refused.push(`${seed}: ${verdict}`);
  }
  return { wrong, refused, oneChain, several };
}

describe.each([
  ['racing reconfigurers and silent servers', CALM],
  ['and disks that are replaced', { ...CALM, wipes: true }],
])('of all worlds that the evidence allows, with %s', (_, dangers) => {
  const judged = judge(dangers);
  test('what is called proven is right in every one', () => {
    expect(judged.several).toBeGreaterThan(CASES / 20);
    expect(judged.wrong).toEqual([]);
  });

  test('a log with one possible chain is refused at most once in a hundred', () => {
    expect(judged.oneChain).toBeGreaterThan(CASES / 5);
    expect(judged.refused.length / judged.oneChain, judged.refused.join('; ')).toBeLessThanOrEqual(0.01);
  });
});
