import { describe, expect, test } from 'vitest';
import { FENCEABLE, healthyWorld, ids, REQUIRED, rule, type World } from '../../../support/evidence.ts';

/** Under `required`, with the snapshot of A in the repository; anybody could host a successor. */
function required(): World {
  const world = healthyWorld({ size: 6, snapshots: REQUIRED, nextRules: [rule(1)] });
  world.repository = FENCEABLE;
  world.snapshot();
  world.seal('A');
  return world;
}

describe('the repository fence', () => {
  test('proves the end whoever is silent, as long as the last listed loglet can be sealed', () => {
    const world = required();
    world.silence('s3', 's4', 's5', 's6');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.end?.proof.kind).toBe('repository fence');
  });

  test('keeps a loglet that is listed, though it was never activated', () => {
    const world = required();
    world.install(world.successor('B', { on: ['s4', 's5'] }));
    world.snapshot();
    world.silence('s3');
    expect(ids(world.rebuild().segments)).toEqual(['A', 'B']);
  });

  test('drops a loglet that was installed and is not listed: it was never activated and never will be', () => {
    const world = required();
    world.install(world.successor('B', { on: ['s4', 's5'] }));
    world.seal('B');
    world.successor('C', { on: ['s5', 's6'] });
    world.silence('s3', 's4');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.segments)).toEqual(['A']);
    expect(ids(rebuilt.end?.dropped ?? [])).toEqual(['B', 'C']);
  });

  test('outlives the register: the rebuilt segment still has to be listed before it is activated', () => {
    const world = required();
    world.install(world.successor('B', { on: ['s4', 's5'] }));
    world.snapshot();
    expect(world.rebuild().chain?.segments.map((one) => one.snapshotRequired)).toEqual([undefined, true]);
  });

  test('drops a candidate whose servers are silent', () => {
    const world = required();
    world.install(world.successor('B', { on: ['s4', 's5'] }));
    world.silence('s5');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.end?.proof).toEqual({ kind: 'repository fence', notListed: ['B'] });
  });

  test('is not used when an activated loglet is not listed: the repository broke its promise', () => {
    const world = required();
    world.install(world.successor('B', { on: ['s4', 's5'] }));
    world.activate('B', ['s4']);
    world.silence('s6');
    const rebuilt = world.rebuild();
    expect(rebuilt.end?.proof.kind).not.toBe('repository fence');
    expect(ids(rebuilt.segments)).toEqual(['A', 'B']);
  });

  test('is not used when a close record names a loglet that is not listed', () => {
    const world = required();
    world.reconfigure('B', { on: ['s4', 's5'] });
    world.silence('s4', 's5');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('is not used where the mode is best-effort', () => {
    const world = healthyWorld({
      size: 4,
      snapshots: { ...REQUIRED, mode: 'best-effort' },
      nextRules: [rule(1)],
    });
    world.repository = FENCEABLE;
    world.snapshot();
    world.seal('A');
    world.silence('s4');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('is not used with another repository than the descriptors name', () => {
    const world = required();
    world.repository = { ...FENCEABLE, repositoryId: 'a copy' };
    world.silence('s4');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('is not used where put-if-absent is not enforced', () => {
    const world = required();
    world.repository = { ...FENCEABLE, canFence: false };
    world.silence('s4');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('is not used on the word of a cached chain', () => {
    const world = required();
    world.chains.splice(0);
    world.snapshot('cache');
    world.silence('s4');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('does not make an unsealable loglet sealable', () => {
    const world = required();
    world.silence('s1', 's2', 's3');
    expect(world.rebuild().end?.last.state).toBe('unsealable');
  });
});
