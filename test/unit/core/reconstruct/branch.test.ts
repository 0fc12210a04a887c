import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../../../src/core/limits.ts';
import { NO_CONSENT, reconstructLog } from '../../../../src/core/reconstruct/reconstruct.ts';
import { generation, healthyWorld, ids, kinds, LOG, rule, World } from '../../../support/evidence.ts';

describe('which loglets are the chain', () => {
  test('one loglet, active: the chain is that loglet', () => {
    const rebuilt = healthyWorld().rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.chain?.segments.map((one) => [one.index, one.logletId, one.start, one.end])).toEqual([
      [0, 'A', 0n, undefined],
    ]);
  });

  test('nothing is known to be installed: nothing is installed, and nothing is proven', () => {
    const world = new World(3);
    world.genesis();
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toEqual(['nothing installed']);
    expect(rebuilt.verdict).toBe('unproven');
    expect(rebuilt.chain).toBeUndefined();
    expect(rebuilt.loss.possiblyLost).toEqual([{ from: 0n }]);
  });

  test('a lineage names an unmarked, installed middle segment: it stays, with its acknowledged successors', () => {
    const world = healthyWorld({ size: 9 });
    world.seal('A');
    world.install(world.successor('B', { on: ['s4', 's5', 's6'] }));
    world.seal('B');
    const next = world.successor('C', { on: ['s7', 's8', 's9'], start: 10n });
    world.install(next);
    world.activate('C');
    world.acknowledge('C', 15n);
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.segments)).toEqual(['A', 'B', 'C']);
  });

  test('an unmarked loglet proves that its predecessor was installed', () => {
    const world = healthyWorld({ size: 6 });
    world.seal('A');
    world.install(world.successor('B', { on: ['s4', 's5', 's6'] }));
    world.seal('B');
    world.successor('C', { on: ['s1', 's2', 's3'], start: 10n });
    const rebuilt = world.rebuild();
    expect(ids(rebuilt.segments)).toEqual(['A', 'B']);
    expect(ids(rebuilt.end?.dropped ?? [])).toEqual(['C']);
  });

  test('a boundary is where the successor starts, not the tail that survivors show now', () => {
    const world = healthyWorld();
    world.store('A', 14n, ['s1', 's2']);
    world.reconfigure('B', { start: 10n });
    world.silence('s3');
    expect(world.rebuild().segments[0]?.end).toBe(10n);
  });
});

describe('segments that nobody has any more', () => {
  test('a lost middle segment has the bounds that its neighbours give', () => {
    const world = healthyWorld({ size: 6 });
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.acknowledge('B', 25n);
    world.reconfigure('C', { on: ['s1', 's2', 's3'] });
    world.silence('s4', 's5', 's6');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.segments[1]).toMatchObject({ logletId: 'B', state: 'lost', start: 10n, end: 25n });
    expect(rebuilt.loss.lost).toEqual([{ from: 10n, to: 25n }]);
    expect(rebuilt.segments[1]?.missing[0]?.wouldReturn).toEqual(['s4', 's5', 's6']);
  });

  test('what only a store out of service holds is lost: it refuses every read', () => {
    const world = healthyWorld({ size: 6 });
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    for (const id of ['s1', 's2']) world.replaceDisk(id);
    expect(world.rebuild().loss.lost).toEqual([]);
    world.server('s3').retired = true;
    expect(world.rebuild().loss.lost).toEqual([{ from: 0n, to: 10n }]);
  });

  test('a middle segment whose disks were replaced is not awaited', () => {
    const world = healthyWorld({ size: 6 });
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.acknowledge('B', 25n);
    world.reconfigure('C', { on: ['s1', 's2', 's3'] });
    for (const id of ['s4', 's5', 's6']) world.replaceDisk(id);
    expect(world.rebuild().segments[1]?.missing[0]?.wouldReturn).toEqual([]);
  });

  test('what some stores of a segment lack and a silent one may have is possibly lost', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    for (const id of ['s1', 's2']) world.state(id, 'A').corrupt = [3n, 7n];
    world.state('s2', 'A').corrupt = [3n];
    world.silence('s3');
    expect(world.rebuild().loss).toMatchObject({
      lost: [],
      possiblyLost: [{ from: 3n, to: 4n }],
      safe: [{ from: 0n, to: 3n }, { from: 4n }],
    });
  });

  test('a corrupt position outside a copy does not make the copy longer', () => {
    const world = healthyWorld();
    world.store('A', 12n, ['s3']);
    world.reconfigure('B');
    for (const id of ['s1', 's2']) world.state(id, 'A').corrupt = [11n];
    world.silence('s3');
    expect(world.rebuild().loss.possiblyLost).toEqual([{ from: 10n, to: 12n }]);
  });

  /** A chain in which only the first loglet and those after the lost ones are found. */
  function lostInARow(count: number): World {
    const world = healthyWorld({ size: 6 });
    for (let number = 1; number <= count; number += 1) {
      world.reconfigure(`lost-${number}`, { on: ['s4', 's5', 's6'], nextRules: [rule(3)] });
    }
    world.reconfigure('Z', { on: ['s1', 's2', 's3'] });
    for (const id of ['s4', 's5', 's6']) world.server(id).loglets.clear();
    for (const id of ['s1', 's2', 's3']) delete world.state(id, 'A').close;
    return world;
  }

  test('as many in a row as a lineage remembers are lost segments of a proven chain', () => {
    const world = lostInARow(LIMITS.lineageLength - 1);
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.segments).toHaveLength(LIMITS.lineageLength + 1);
  });

  test('more in a row: the end is in the upper piece, and what lies below is unknown', () => {
    const world = lostInARow(LIMITS.lineageLength + 2);
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toEqual(['segments unknown']);
    expect(rebuilt.segments.at(-1)?.logletId).toBe('Z');
    expect(rebuilt.loss.possiblyLost).toEqual([{ from: 0n, to: 10n }]);
  });

  test('more in a row, and a snapshot that lists them: nothing is unknown', () => {
    const world = lostInARow(LIMITS.lineageLength + 2);
    world.snapshot();
    expect(world.rebuild().verdict).toBe('proven');
  });
});

describe('two installed siblings', () => {
  /** A, then B in the register; another control plane goes on from A with C. */
  function twoPlanes(number: number): World {
    const world = healthyWorld({ size: 9 });
    const before = world.chain;
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.register = before;
    if (number > 1) world.recover(number);
    const next = world.successor('C', { on: ['s7', 's8', 's9'], start: 10n });
    world.install(next);
    world.activate('C');
    return world;
  }

  test('of one generation are a fork: nothing may be changed', () => {
    const rebuilt = twoPlanes(1).rebuild();
    expect(rebuilt.verdict).toBe('contradiction');
    expect(kinds(rebuilt)).toEqual(['fork']);
    expect(rebuilt.branching.forks.map(ids)).toEqual([['B', 'C']]);
  });

  test('of one generation: neither side is abandoned, and nothing from there on is called safe', () => {
    const world = twoPlanes(1);
    world.reconfigure('D', { on: ['s4', 's5', 's6'] });
    const { branching, loss } = world.rebuild();
    expect(ids(branching.path)).toEqual(['A', 'B']);
    expect(ids(branching.otherSides)).toEqual(['C', 'D']);
    expect(branching.abandoned).toEqual([]);
    expect(loss.safe).toEqual([{ from: 0n, to: 10n }]);
    expect(loss.possiblyLost).toEqual([{ from: 10n }]);
  });

  test('of different generations: the later one is the chain, the other is abandoned', () => {
    const rebuilt = twoPlanes(2).rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.segments)).toEqual(['A', 'C']);
    expect(ids(rebuilt.branching.abandoned)).toEqual(['B']);
  });

  test('whose later generation shows in a descendant only', () => {
    const world = healthyWorld({ size: 9 });
    const before = world.chain;
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.recover(2);
    world.reconfigure('D', { on: ['s1', 's2', 's3'] });
    world.register = before;
    world.install(world.successor('C', { on: ['s7', 's8', 's9'], start: 10n }));
    world.activate('C');
    const rebuilt = world.rebuild();
    expect(ids(rebuilt.segments)).toEqual(['A', 'B', 'D']);
    expect(ids(rebuilt.branching.abandoned)).toEqual(['C']);
  });

  test('in pieces that overlap are a fork, wherever each piece begins', () => {
    const world = healthyWorld({ size: 6 });
    const grow = (prefix: string, count: number, on: string[]) => {
      for (let number = 1; number <= count; number += 1) world.reconfigure(`${prefix}${number}`, { on });
    };
    grow('x', 4, ['s1', 's2', 's3']);
    const fork = world.chain;
    grow('left', 10, ['s1', 's2', 's3']);
    world.register = fork;
    grow('right', 10, ['s4', 's5', 's6']);
    // Of both, only the upper ends are left; the one remembers more than the other.
    for (const [id, server] of world.servers)
      for (const name of [...server.loglets.keys()])
        if (!['left10', 'right9', 'right10'].includes(name)) world.drop(name, [id]);
    expect(kinds(world.rebuild())).toContain('fork');
  });
});

describe('a recovery that decided where the chain ends', () => {
  test('overrules older loglets behind that place: its own successor may be unseen', () => {
    const world = healthyWorld({ size: 6, nextRules: [rule(2)] });
    const before = world.chain;
    world.reconfigure('B', { on: ['s1', 's2', 's3'] });
    for (const id of ['s1', 's2', 's3']) delete world.state(id, 'A').close;
    world.register = before;
    world.recover(2);
    world.snapshot();
    const next = world.successor('C', { on: ['s5', 's6'], start: 10n });
    world.install(next);
    world.activate('C');
    world.silence('s5', 's6');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(ids(rebuilt.segments)).toEqual(['A']);
    expect(ids(rebuilt.branching.abandoned)).toEqual(['B']);
  });

  test('is known from an unmarked loglet of its generation, too', () => {
    const world = healthyWorld({ size: 6, nextRules: [rule(2)] });
    const before = world.chain;
    world.reconfigure('B', { on: ['s1', 's2', 's3'] });
    for (const id of ['s1', 's2', 's3']) delete world.state(id, 'A').close;
    world.register = before;
    world.recover(2);
    world.successor('C', { on: ['s4', 's5', 's6'], start: 10n, durability: { kind: 'majority' } });
    world.activate('C', ['s5', 's6']);
    world.silence('s5', 's6');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(kinds(rebuilt)).toContain('successor undecided');
  });

  /** Recovery 2 left B out, which never was activated on a commit quorum, and went on from A by A's own rules. */
  function leftOut(): World {
    const world = healthyWorld({ size: 5, nextRules: [rule(1), rule(3)] });
    world.seal('A');
    const before = world.chain;
    world.install(world.successor('B', { on: ['s1', 's2', 's3'], nextRules: [rule(3)] }));
    world.seal('B');
    world.activate('B', ['s3']);
    world.register = before;
    world.recover(2);
    const next = world.successor('C', { on: ['s5'] });
    world.install(next);
    world.activate('C');
    world.acknowledge('C', 20n);
    for (const id of ['s1', 's2', 's4', 's5']) world.server(id).generation = generation(2);
    world.silence('s5');
    return world;
  }

  test('shows in the generation of the servers alone: what it installed is asked for, too', () => {
    const rebuilt = leftOut().rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(rebuilt.problems).toMatchObject([{ kind: 'successor may exist', wouldSettle: [['s5']] }]);
    expect(rebuilt.problems[0]?.message).toContain('A successor of A');
  });

  test('is not seen in the generation that this very recovery raised its fence with', () => {
    const world = leftOut();
    const verdictWhen = (stood: number) =>
      reconstructLog(world.observe(), LOG, NO_CONSENT, generation(stood)).verdict;
    expect(verdictWhen(2)).toBe('unproven');
    expect(verdictWhen(1)).toBe('proven');
  });

  test('overrules a close record of before, not one of its own successor', () => {
    const world = healthyWorld({ size: 6 });
    world.recover(2);
    world.snapshot();
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.silence('s4', 's5', 's6');
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toContain('successor named, not found');
  });
});
