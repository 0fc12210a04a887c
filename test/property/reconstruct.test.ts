import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical.ts';
import { NO_CONSENT, reconstructLog } from '../../src/core/reconstruct/reconstruct.ts';
import { LOG } from '../support/evidence.ts';
import { type Dangers, Dice, Historian } from './history.ts';
import { type Case, story, unmentioned, wrongs } from './truth.ts';

const CASES = Number(process.env.VLOG_DR_CASES ?? 600);
const SEED = Number(process.env.VLOG_DR_SEED ?? 1);
const CALM: Dangers = { wipes: false, trims: false, damage: false };

function casesOf(dangers: Dangers): Case[] {
  const all: Case[] = [];
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const history = new Historian(seed, dangers).run(20 + (seed % 7) * 15);
    const observation = history.world.observe();
    all.push({ seed, history, observation, rebuilt: reconstructLog(observation, LOG, NO_CONSENT) });
  }
  return all;
}

const SETTINGS: readonly [string, Dangers][] = [
  ['racing reconfigurers and silent servers', CALM],
  ['and disks that are replaced', { ...CALM, wipes: true }],
  ['and trims', { ...CALM, trims: true }],
  ['and disks, trims and damaged records', { wipes: true, trims: true, damage: true }],
  ['and earlier recoveries that were proven', { ...CALM, trims: true, recoveries: 'proven' }],
  ['and earlier recoveries that an operator accepted', { ...CALM, recoveries: 'accepted' }],
];

describe.each(SETTINGS)('true histories with %s', (_, dangers) => {
  const cases = casesOf(dangers);
  test('a proven chain is the true one, and nothing acknowledged lies outside it', () => {
    for (const one of cases) {
      if (one.rebuilt.verdict !== 'proven') continue;
      const wrong = wrongs(one);
      if (wrong.length > 0) expect(wrong, story(one)).toEqual([]);
    }
  });

  test('what was acknowledged and nobody holds is counted as lost or possibly lost', () => {
    for (const one of cases) expect(unmentioned(one), story(one)).toEqual([]);
  });

  test('one control plane never looks like a contradiction, unless acknowledged entries are gone', () => {
    for (const one of cases) {
      if (one.rebuilt.verdict !== 'contradiction') continue;
      const kinds = one.rebuilt.problems.filter((it) => it.weighs === 'contradiction').map((it) => it.kind);
      const excused =
        one.history.wiped || one.history.damaged ? ['committed beyond the tail', 'trim beyond the tail'] : [];
      expect(
        kinds.filter((kind) => !excused.includes(kind)),
        story(one),
      ).toEqual([]);
    }
  });

  test('the order of the evidence does not matter', () => {
    for (const one of cases.filter(({ seed }) => seed % 5 === 0)) {
      const dice = new Dice(one.seed);
      const { observation } = one;
      const servers = dice
        .shuffled(observation.servers)
        .map((server) =>
          server.answer.kind === 'answered'
            ? { ...server, answer: { ...server.answer, loglets: dice.shuffled(server.answer.loglets) } }
            : server,
        );
      const other = { ...observation, servers, chains: dice.shuffled(observation.chains) };
      const again = reconstructLog(other, LOG, NO_CONSENT);
      expect(canonicalJson(again), story(one)).toBe(canonicalJson(one.rebuilt));
    }
  });
});
