import { describe, expect, test } from 'vitest';
import { FIRST_GENERATION } from '../../../../src/core/generation.ts';
import { healthyWorld, ids, kinds, type World } from '../../../support/evidence.ts';

/** A below 10, B below 20, C active with entries to 30. */
function threeSegments(): World {
  const world = healthyWorld({ size: 6 });
  world.reconfigure('B', { on: ['s4', 's5', 's6'] });
  world.acknowledge('B', 20n);
  world.reconfigure('C', { on: ['s1', 's2', 's3'] });
  world.acknowledge('C', 30n);
  return world;
}

describe('a trimmed head', () => {
  test('is not missing: a walk back that reaches the trim point is complete', () => {
    const world = threeSegments();
    world.trim(20n);
    world.drop('A');
    world.drop('B');
    for (const id of ['s1', 's2', 's3']) world.forge(id, 'C', { lineage: [] });
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.segments)).toEqual(['C']);
    expect(rebuilt.chain?.trimPoint).toBe(20n);
    expect(rebuilt.loss.safe).toEqual([{ from: 20n }]);
  });

  test('without a trim point is missing: segments below are unknown', () => {
    const world = threeSegments();
    world.drop('A');
    world.drop('B');
    for (const id of ['s1', 's2', 's3']) world.forge(id, 'C', { lineage: [] });
    expect(kinds(world.rebuild())).toEqual(['segments unknown']);
  });

  test('a lost segment below the trim point is trimmed, not lost', () => {
    const world = threeSegments();
    world.trim(20n);
    world.silence('s4', 's5', 's6');
    const { segments, loss } = world.rebuild();
    expect(segments.map((one) => one.state)).toEqual(['trimmed', 'trimmed', 'active']);
    expect(loss.lost).toEqual([]);
  });

  test('a lost segment that the trim point cuts is lost above it only', () => {
    const world = threeSegments();
    world.trim(15n);
    world.silence('s4', 's5', 's6');
    expect(world.rebuild().loss.lost).toEqual([{ from: 15n, to: 20n }]);
  });

  test('the largest trim point holds, though one store alone heard of it', () => {
    const world = threeSegments();
    world.trim(12n, ['s1', 's2']);
    world.trim(17n, ['s3']);
    expect(world.rebuild().trimPoint).toBe(17n);
  });

  test('a snapshot’s trim point holds, too', () => {
    const world = threeSegments();
    world.snapshot('snapshot', { ...world.chain, trimPoint: 12n });
    expect(world.rebuild().trimPoint).toBe(12n);
  });
});

describe('a trim point of a generation that a recovery left', () => {
  /** A recovery goes on from A at 10 with N; the old control plane has trimmed its own B to 18. */
  function recovered(): World {
    const world = healthyWorld({ size: 9 });
    const before = world.chain;
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.acknowledge('B', 20n);
    world.register = before;
    world.recover(2);
    world.install(world.successor('N', { on: ['s7', 's8', 's9'], start: 10n }));
    world.activate('N');
    world.acknowledge('N', 20n);
    world.trim(18n, ['s4'], FIRST_GENERATION);
    return world;
  }

  test('above what the recovery wrote is ignored: nothing is born trimmed', () => {
    const rebuilt = recovered().rebuild();
    expect(rebuilt.trimPoint).toBe(0n);
    expect(rebuilt.verdict).toBe('proven');
  });

  test('is ignored where the recovery’s own loglet has no descriptor left', () => {
    const world = recovered();
    world.reconfigure('O', { on: ['s1', 's2', 's3'] });
    world.silence('s7', 's8', 's9');
    const rebuilt = world.rebuild();
    expect(rebuilt.trimPoint).toBe(0n);
    expect(rebuilt.loss.lost).toEqual([{ from: 10n, to: 20n }]);
  });

  test('below what the recovery wrote holds', () => {
    const world = recovered();
    world.trim(7n, ['s4'], FIRST_GENERATION);
    expect(world.rebuild().trimPoint).toBe(7n);
  });
});

describe('a trim point in the last segment', () => {
  test('above what stores know to be committed is normal: they learn late', () => {
    const world = healthyWorld();
    world.store('A', 14n);
    world.trim(14n);
    world.seal('A', ['s1']);
    world.silence('s3');
    expect(world.rebuild().verdict).toBe('proven');
  });

  test('above the tail, where nothing can follow, is a contradiction', () => {
    const world = healthyWorld();
    world.trim(14n);
    world.seal('A');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('contradiction');
    expect(kinds(rebuilt)).toEqual(['trim beyond the tail']);
  });

  test('above the tail where an earlier recovery ended the log is its decision: it holds nobody up', () => {
    const world = healthyWorld();
    world.trim(14n);
    world.seal('A');
    world.recover(2);
    world.snapshot();
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toContain('trim beyond the tail');
    expect(rebuilt.verdict).toBe('unproven');
  });

  test('above the tail, where a successor may be unseen, shows that there is one', () => {
    const world = healthyWorld({ size: 6 });
    const next = world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    for (const id of ['s1', 's2', 's3']) {
      delete world.state(id, 'A').close;
      world.state(id, 'A').knownCommitted = 10n;
    }
    world.acknowledge(next.logletId, 30n);
    world.trim(14n);
    world.silence('s4', 's5', 's6');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(kinds(rebuilt)).toContain('trim beyond the tail');
  });
});
