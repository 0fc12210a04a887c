import { describe, expect, test } from 'vitest';
import { healthyWorld, ids, kinds, LOG, rule, World } from '../../../support/evidence.ts';

const majority = { kind: 'majority' } as const;

describe('a last loglet that still takes appends', () => {
  test('is proven to be the last one when a commit quorum answers unsealed', () => {
    const world = healthyWorld({ durability: majority });
    world.silence('s3');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.end?.proof.kind).toBe('unsealed on a commit quorum');
    expect(rebuilt.end?.last).toEqual({ state: 'active', activate: false });
    expect(rebuilt.chain?.segments.at(-1)).not.toHaveProperty('end');
  });

  test('is proven even where all silent servers together could host a successor', () => {
    const world = healthyWorld({ durability: majority, size: 6, nextRules: [rule(1)] });
    world.silence('s4', 's5', 's6');
    expect(world.rebuild().verdict).toBe('proven');
  });

  test('has its activation completed when a member never got it', () => {
    const world = new World(3);
    world.install(world.genesis());
    world.activate('A', ['s1', 's2']);
    expect(world.rebuild().end?.last).toEqual({ state: 'active', activate: true });
  });

  test('is restored when a snapshot lists it and nobody ever activated it', () => {
    const world = healthyWorld();
    world.seal('A');
    world.install(world.successor('B'));
    world.snapshot('cache');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.end?.last).toEqual({ state: 'active', activate: true });
    expect(ids(rebuilt.segments)).toEqual(['A', 'B']);
  });

  test('is not taken for active when one seal may have been enough', () => {
    const world = healthyWorld();
    world.seal('A', ['s1']);
    expect(world.rebuild().end?.last.state).toBe('sealed');
  });

  test('is not taken for active on the word of a stopped server: it can be neither fenced nor sealed', () => {
    const world = healthyWorld();
    world.answerAs('offline', 's3');
    const { end } = world.rebuild();
    expect(end?.last.state).toBe('sealed');
  });

  test('counts what silent servers may have acknowledged among themselves as possibly lost', () => {
    const world = healthyWorld({
      durability: { kind: 'count', copies: 2 },
      size: 4,
      on: ['s1', 's2', 's3', 's4'],
    });
    world.acknowledge('A', 13n, ['s3', 's4']);
    world.silence('s3', 's4');
    const rebuilt = world.rebuild();
    expect(rebuilt.end?.last.state).toBe('active');
    expect(rebuilt.loss).toMatchObject({ safe: [{ from: 0n, to: 10n }], possiblyLost: [{ from: 10n }] });
  });

  test('tells which of its entries no copy has intact', () => {
    const world = healthyWorld();
    for (const id of ['s1', 's2', 's3']) world.state(id, 'A').corrupt = [4n];
    expect(world.rebuild().loss.lost).toEqual([{ from: 4n, to: 5n }]);
  });

  test('is not taken for active on a replaced disk', () => {
    const world = healthyWorld({ durability: majority });
    world.silence('s3');
    world.state('s2', 'A');
    const copy = world.server('s2').loglets;
    world.replaceDisk('s2');
    world.server('s2').loglets = copy;
    expect(world.rebuild().end?.last.state).not.toBe('active');
  });

  test('is not taken for active when a later generation provisioned a successor: loss was accepted there', () => {
    const world = healthyWorld({ durability: majority, size: 6 });
    world.recover(2);
    world.successor('B', { on: ['s4', 's5', 's6'], durability: majority });
    world.silence('s4', 's5');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(kinds(rebuilt)).toContain('successor undecided');
  });
});

describe('a sealed last loglet', () => {
  test('ends at the inferred tail, not at the largest', () => {
    const world = healthyWorld();
    world.store('A', 14n, ['s1']);
    world.seal('A');
    world.silence('s3');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.segments.at(-1)?.end).toBe(10n);
  });

  test('tells what was stored and may have been acknowledged', () => {
    const world = healthyWorld();
    world.store('A', 14n, ['s1', 's2']);
    world.seal('A');
    world.silence('s3');
    const { loss, segments } = world.rebuild();
    expect(segments.at(-1)?.end).toBe(14n);
    expect(loss.unknownOutcomeResolved.at(-1)?.to).toBe(14n);
    expect(loss.safe).toEqual([{ from: 0n, to: 14n }]);
  });

  test('that cannot be sealed is unproven, with the servers that would settle it', () => {
    const world = healthyWorld({ durability: majority });
    world.silence('s1', 's2');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(rebuilt.problems.find((one) => one.kind === 'not sealable')?.wouldSettle).toEqual([
      ['s1'],
      ['s2'],
    ]);
    expect(rebuilt.chain).toBeUndefined();
    expect(rebuilt.loss.possiblyLost).toEqual([{ from: 10n }]);
  });

  test('that cannot be sealed goes on from the largest tail when the operator accepts loss', () => {
    const world = healthyWorld({ durability: majority });
    world.silence('s1', 's2');
    const { chain, verdict } = world.rebuild({ acceptLoss: new Set([LOG]) });
    expect(verdict).toBe('unproven');
    expect(chain?.segments.at(-1)?.loss).toMatchObject({ from: 10n, fencedOutside: ['s1', 's2'] });
  });

  test('stopped servers give their entries, not their word about what is sealed', () => {
    const world = healthyWorld({ durability: majority });
    world.answerAs('offline', 's1', 's2');
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toEqual(['not sealable']);
    expect(rebuilt.segments[0]?.responders).toEqual(['s1', 's2', 's3']);
  });

  test('knowing of acknowledged entries above the tail is a contradiction with bounds', () => {
    const world = healthyWorld();
    world.acknowledge('A', 20n);
    world.state('s2', 'A').localTail = 15n;
    world.state('s2', 'A').knownCommitted = 10n;
    world.seal('A');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('contradiction');
    expect(kinds(rebuilt)).toEqual(['committed beyond the tail']);
    expect(rebuilt.loss.lost).toEqual([{ from: 15n, to: 20n }]);
  });

  test('loss that an operator accepted once is no contradiction when the store returns', () => {
    const world = healthyWorld({ size: 6, durability: majority });
    world.acknowledge('A', 20n, ['s1', 's2']);
    world.seal('A');
    const { chain } = world;
    const [first] = chain.segments;
    if (first === undefined) throw new Error('no segment');
    const loss = { from: 10n, fencedOutside: [], reason: 'fire' };
    world.recover(2, { segments: [{ ...first, loss }] });
    world.reconfigure('B', { on: ['s4', 's5', 's6'], start: 10n });
    world.snapshot();
    expect(world.rebuild().verdict).toBe('proven');
  });
});

describe('close records', () => {
  test('lead to the successor', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.segments)).toEqual(['A', 'B']);
  });

  test('that name a successor which nobody has: it exists, its servers are named, nothing is proven', () => {
    const world = healthyWorld({ size: 6 });
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.silence('s4', 's5', 's6');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    const named = rebuilt.problems.find((one) => one.kind === 'successor named, not found');
    expect(named?.message).toContain('s4, s5, s6');
    expect(rebuilt.chain).toBeUndefined();
  });

  test('that name a successor which nobody has: with accepted loss the log goes on where it started', () => {
    const world = healthyWorld({ size: 6 });
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.silence('s4', 's5', 's6');
    const { chain } = world.rebuild({ acceptLoss: new Set([LOG]) });
    expect(chain?.segments.map((one) => [one.logletId, one.loss?.from])).toEqual([['A', 10n]]);
  });

  test('against the start of the successor that they name are a contradiction', () => {
    const world = healthyWorld();
    const next = world.reconfigure('B');
    world.close('A', { ...next, start: 7n }, ['s2']);
    expect(world.rebuild().verdict).toBe('contradiction');
  });

  test('a successor that only a close record names is no loser to a marked sibling of its generation: a fork', () => {
    const world = healthyWorld({ size: 7 });
    const before = world.chain;
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.successor('C', { on: ['s7'] }, before);
    world.activate('C');
    world.silence('s4', 's5', 's6');
    expect(kinds(world.rebuild())).toContain('fork');
  });

  test('of a branch that a recovery left do not contradict the branch that it chose', () => {
    const world = healthyWorld({ size: 6 });
    const before = world.chain;
    world.store('A', 14n, ['s1']);
    world.reconfigure('B', { on: ['s1', 's2', 's3'], start: 14n });
    world.register = before;
    world.recover(2);
    const next = world.successor('C', { on: ['s4', 's5', 's6'], start: 10n });
    world.install({ ...next, chainVersion: world.chain.version + 1 });
    world.activate('C');
    const rebuilt = world.rebuild();
    expect(rebuilt.problems).toEqual([]);
    expect(ids(rebuilt.segments)).toEqual(['A', 'C']);
    expect(ids(rebuilt.branching.abandoned)).toEqual(['B']);
  });
});
