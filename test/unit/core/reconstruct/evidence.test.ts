import { describe, expect, test } from 'vitest';
import { storeId } from '../../../../src/core/ids.ts';
import { logsIn } from '../../../../src/core/reconstruct/reconstruct.ts';
import { healthyWorld, ids, kinds } from '../../../support/evidence.ts';

describe('descriptors of one loglet that differ', () => {
  test('and nothing tells which is right: none is used, and nothing is proven', () => {
    const world = healthyWorld();
    world.forge('s2', 'A', { createdAt: 7 });
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(kinds(rebuilt)).toContain('descriptors differ');
    expect(rebuilt.rejected.map((one) => one.name)).toEqual(['A on s1', 'A on s2', 'A on s3']);
  });

  test('and a successor’s lineage confirms one: that one is used, the other reported', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    world.forge('s2', 'A', { start: 5n });
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.rejected.map((one) => one.name)).toEqual(['A on s2']);
    expect(rebuilt.segments[0]?.responders).toEqual(['s1', 's3']);
  });

  test('and a snapshot confirms one: that one is used', () => {
    const world = healthyWorld();
    world.snapshot();
    world.forge('s2', 'A', { index: 4 });
    expect(world.rebuild().rejected.map((one) => one.name)).toEqual(['A on s2']);
  });

  test('their servers are no witnesses while nothing tells which is right', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    world.successor('C');
    world.forge('s2', 'C', { createdAt: 7 });
    world.forge('s1', 'C', { createdAt: 8 });
    world.seal('B');
    expect(kinds(world.rebuild())).toEqual(['descriptors differ', 'successor may exist']);
  });
});

describe('chains that were read from the register once', () => {
  test('a cached chain is as good as a snapshot to show what was installed', () => {
    const world = healthyWorld({ size: 6 });
    world.seal('A');
    world.install(world.successor('B', { on: ['s4', 's5', 's6'] }));
    world.snapshot('cache');
    world.silence('s4', 's5', 's6');
    const rebuilt = world.rebuild();
    expect(ids(rebuilt.segments)).toEqual(['A', 'B']);
    expect(kinds(rebuilt)).toContain('not sealable');
  });

  test('an old one takes nothing away: a newer segment shows all the same', () => {
    const world = healthyWorld();
    world.snapshot();
    world.reconfigure('B');
    expect(ids(world.rebuild().segments)).toEqual(['A', 'B']);
  });

  test('one that places a loglet elsewhere than its descriptor is a contradiction', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    const [first, second] = world.chain.segments;
    if (first === undefined || second === undefined) throw new Error('no segments');
    const segments = [
      { ...first, end: 7n },
      { ...second, start: 7n },
    ];
    world.snapshot('cache', { ...world.chain, segments });
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('contradiction');
    expect(kinds(rebuilt)).toEqual(['disagreement']);
  });

  test('the version to rise above is the largest that anything mentions, abandoned or not', () => {
    const world = healthyWorld();
    const before = world.chain;
    world.recover(2);
    world.snapshot('cache');
    world.register = before;
    world.reconfigure('B');
    expect(world.rebuild().versionSeen).toBe(1001);
  });

  test('without any server a snapshot gives the chain, and nothing of it is proven', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    world.snapshot();
    world.silence('s1', 's2', 's3');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(ids(rebuilt.segments)).toEqual(['A', 'B']);
    expect(rebuilt.loss.possiblyLost).toEqual([{ from: 10n }]);
  });
});

test('a log that only a trim record mentions is a log', () => {
  const world = healthyWorld();
  world.trim(3n, ['s1']);
  world.drop('A');
  expect(logsIn(world.observe())).toEqual(['orders']);
});

test('a copy on a store that the nodeset does not name gives evidence, not quorums', () => {
  const world = healthyWorld({ durability: { kind: 'majority' } });
  world.silence('s3');
  world.server('s2').storeId = storeId('restored from a backup');
  const rebuilt = world.rebuild();
  expect(ids(rebuilt.segments)).toEqual(['A']);
  expect(kinds(rebuilt)).toContain('not sealable');
  expect(rebuilt.segments[0]?.responders).toEqual(['s1']);
});
