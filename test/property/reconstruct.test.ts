import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/core/canonical.ts';
import type { Observation } from '../../src/core/evidence.ts';
import { containsCommitQuorum, quorumSystem } from '../../src/core/quorum.ts';
import { NO_CONSENT, type Reconstruction, reconstructLog } from '../../src/core/reconstruct/reconstruct.ts';
import { LOG } from '../support/evidence.ts';
import { type Dangers, Dice, Historian, type History } from './history.ts';

const CASES = Number(process.env.VLOG_DR_CASES ?? 600);
const SEED = Number(process.env.VLOG_DR_SEED ?? 1);
const CALM: Dangers = { wipes: false, trims: false, damage: false };

interface Case {
  readonly seed: number;
  readonly history: History;
  readonly observation: Observation;
  readonly rebuilt: Reconstruction;
}

function casesOf(dangers: Dangers): Case[] {
  const all: Case[] = [];
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const history = new Historian(seed, dangers).run(20 + (seed % 7) * 15);
    const observation = history.world.observe();
    all.push({ seed, history, observation, rebuilt: reconstructLog(observation, LOG, NO_CONSENT) });
  }
  return all;
}

function story({ seed, history, rebuilt }: Case): string {
  const truth = history.world.chain.segments.map((one) => `${one.logletId}@${one.start}`).join(' ');
  const found = rebuilt.segments.map((one) => `${one.logletId}@${one.start}-${one.end ?? ''}`).join(' ');
  const problems = rebuilt.problems.map((one) => one.message).join('\n  ');
  const acknowledged = [...history.acknowledged].map(([id, tail]) => `${id}<${tail}`).join(' ');
  return `seed ${seed}\n${history.trace.join('\n')}\ntruth ${truth}\nfound ${found}\nacknowledged ${acknowledged}\n${rebuilt.verdict} by ${rebuilt.end?.proof.kind}\n  ${problems}\nloss ${canonicalJson(rebuilt.loss)}`;
}

/** Why a proven chain is wrong; empty when it is right. */
function wrongs({ history, rebuilt }: Case): string[] {
  const wrong: string[] = [];
  const { chain } = history.world;
  const path = rebuilt.segments;
  for (const segment of path) {
    if (!history.installed.has(segment.logletId)) wrong.push(`${segment.logletId} was never installed`);
    const real = chain.segments.find((one) => one.index === segment.index);
    if (
      real === undefined
        ? segment.index > (chain.segments[0]?.index ?? 0)
        : real.logletId !== segment.logletId
    )
      wrong.push(`segment ${segment.index} is ${real?.logletId}, not ${segment.logletId}`);
    if (real !== undefined && real.start !== segment.start)
      wrong.push(`segment ${segment.index} starts elsewhere`);
  }
  const tip = path.at(-1);
  const [first] = path;
  for (const real of chain.segments) {
    if (first !== undefined && real.index < first.index && (real.end ?? 0n) > rebuilt.trimPoint)
      wrong.push(`segment ${real.index} is missing`);
    if (tip === undefined || real.index <= tip.index) continue;
    const active = new Set(history.activated.get(real.logletId));
    if (rebuilt.end?.proof.kind !== 'repository fence')
      for (const [id, server] of history.world.servers) {
        const member = real.nodeset.find((one) => one.serverId === id);
        if (server.reply === 'silent' && member !== undefined) active.add(member.serverId);
      }
    if (containsCommitQuorum(quorumSystem(real.durability, real.nodeset), active))
      wrong.push(`${real.logletId} is, or can still become, active`);
  }
  const acknowledged = tip && history.acknowledged.get(tip.logletId);
  if (tip?.end !== undefined && acknowledged !== undefined && acknowledged > tip.end)
    wrong.push(`${tip.logletId} ends at ${tip.end}, but ${acknowledged} were acknowledged`);
  if (rebuilt.trimPoint > chain.trimPoint)
    wrong.push(`trimmed to ${rebuilt.trimPoint}, not ${chain.trimPoint}`);
  return wrong;
}

/** Acknowledged positions of the true chain that no answering store holds, and that are not counted as lost. */
function unmentioned({ history, rebuilt }: Case): string[] {
  const { world, acknowledged } = history;
  const counted = [...rebuilt.loss.lost, ...rebuilt.loss.possiblyLost];
  return world.chain.segments.flatMap((segment) => {
    const tail = acknowledged.get(segment.logletId) ?? segment.start;
    const missing: string[] = [];
    for (let position = segment.start; position < tail; position += 1n) {
      if (position < world.chain.trimPoint) continue;
      const held = [...world.servers.values()].some(({ reply, loglets }) => {
        const state = reply === 'silent' ? undefined : loglets.get(segment.logletId);
        return state !== undefined && state.firstHeld <= position && position < state.localTail;
      });
      const isCounted = counted.some(
        ({ from, to }) => from <= position && (to === undefined || position < to),
      );
      if (!held && !isCounted) missing.push(`${position} of ${segment.logletId}`);
    }
    return missing;
  });
}

const SETTINGS: readonly [string, Dangers][] = [
  ['racing reconfigurers and silent servers', CALM],
  ['and disks that are replaced', { ...CALM, wipes: true }],
  ['and trims', { ...CALM, trims: true }],
  ['and disks, trims and damaged records', { wipes: true, trims: true, damage: true }],
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
