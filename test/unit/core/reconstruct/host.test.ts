import { describe, expect, test } from 'vitest';
import { logletId, storeId } from '../../../../src/core/ids.ts';
import { ALL, healthyWorld, ids, kinds, rule, type World } from '../../../support/evidence.ts';

const majority = { kind: 'majority' } as const;

/** A on s1, s2, s3, sealed; a successor may be as small as two. s4 and s5 were there when A was provisioned. */
function sealed(rules = [rule(2)]): World {
  const world = healthyWorld({ size: 5, nextRules: rules });
  world.seal('A');
  return world;
}

const nonWitnesses = (world: World): string[] => {
  const proof = world.rebuild().end?.proof;
  return proof?.kind === 'none' || proof?.kind === 'no host'
    ? proof.nonWitnesses.map(({ server, why }) => `${server.serverId}: ${why}`)
    : [];
};

describe('could the servers that did not witness host a successor?', () => {
  test('one silent server cannot, where two are asked for: proven', () => {
    const world = sealed();
    world.silence('s5');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(rebuilt.end?.proof.kind).toBe('no host');
    expect(nonWitnesses(world)).toEqual(['s5: silent']);
  });

  test('two can: unproven, and each of them would settle it', () => {
    const world = sealed();
    world.silence('s4', 's5');
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toEqual(['successor may exist']);
    expect(rebuilt.problems[0]?.wouldSettle).toEqual([['s4'], ['s5']]);
  });

  test('in such a doubt nothing above what is known to be committed is called safe', () => {
    const world = sealed();
    world.store('A', 13n);
    world.silence('s4', 's5');
    expect(world.rebuild().loss).toMatchObject({
      safe: [{ from: 0n, to: 10n }],
      possiblyLost: [{ from: 10n }],
    });
  });

  test('two in one zone cannot, where the successor must span two', () => {
    const world = sealed([rule(2, ALL, 2)]);
    world.add('s6', 'eu/z5');
    world.silence('s5', 's6');
    expect(world.rebuild().verdict).toBe('proven');
  });

  test('a smaller successor that any of the rules admits counts, not today’s size', () => {
    const world = sealed([rule(3), rule(1, majority)]);
    world.silence('s5');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('a server that answers with a new disk is no witness: bring s0 back was answered by an empty s0', () => {
    const world = sealed();
    world.silence('s5');
    world.replaceDisk('s4');
    expect(nonWitnesses(world)).toEqual(['s4: store of unknown age', 's5: silent']);
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('a formatted, unadmitted disk is no witness', () => {
    const world = sealed();
    world.silence('s5');
    world.replaceDisk('s4');
    world.answerAs('unadmitted', 's4');
    expect(nonWitnesses(world)).toEqual(['s4: new store', 's5: silent']);
  });

  test('a server of another cluster is no witness', () => {
    const world = sealed();
    world.answerAs('foreign', 's4', 's5');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('a server with a record that it cannot read is no witness', () => {
    const world = sealed();
    world.silence('s5');
    world.server('s4').damaged.push(logletId('?'));
    expect(nonWitnesses(world)).toEqual(['s4: damaged records', 's5: silent']);
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('a store that joined after the last loglet is of unknown age', () => {
    const world = sealed();
    world.add('s6', 'eu/z6');
    world.silence('s5');
    expect(nonWitnesses(world)).toEqual(['s5: silent', 's6: store of unknown age']);
  });

  test('a store is old enough when an earlier loglet names it', () => {
    const world = healthyWorld({ size: 5, nextRules: [rule(2)] });
    world.reconfigure('B', { on: ['s4', 's5'], nextRules: [rule(2)] });
    world.seal('B');
    world.silence('s5');
    expect(nonWitnesses(world)).toEqual(['s5: silent']);
  });

  test('a stopped server whose directory was read is a witness of what was', () => {
    const world = sealed();
    world.silence('s5');
    world.answerAs('offline', 's4');
    expect(world.rebuild().verdict).toBe('proven');
  });
});

describe('retired stores', () => {
  test('a silent server whose every store is retired can host nothing', () => {
    const world = healthyWorld({ size: 5, nextRules: [rule(2)] });
    world.reconfigure('B', { on: ['s1', 's2', 's3'], nextRules: [rule(2)], retired: ['s5-disk'] });
    world.seal('B');
    world.silence('s4', 's5');
    expect(nonWitnesses(world)).toEqual(['s4: silent']);
    expect(world.rebuild().verdict).toBe('proven');
  });

  test('destroyed but not recorded leaves the verdict unproven', () => {
    const world = healthyWorld({ size: 5, nextRules: [rule(2)] });
    world.reconfigure('B', { on: ['s1', 's2', 's3'], nextRules: [rule(2)] });
    world.seal('B');
    world.silence('s4', 's5');
    expect(world.rebuild().verdict).toBe('unproven');
  });

  test('a server that came back with another disk counts again, though only an orphan shows it', () => {
    const world = healthyWorld({ size: 5, nextRules: [rule(2)] });
    const before = world.chain;
    world.replaceDisk('s5');
    world.successor('orphan', { on: ['s1', 's5'] }, before);
    world.reconfigure('B', { on: ['s1', 's2', 's3'], nextRules: [rule(2)], retired: ['s5-disk'] });
    world.forge('s1', 'B', { stores: [] });
    world.forge('s2', 'B', { stores: [] });
    world.forge('s3', 'B', { stores: [] });
    world.seal('B');
    world.silence('s4', 's5');
    expect(nonWitnesses(world)).toContain('s5: silent');
  });

  test('a retired store that answers is a witness', () => {
    const world = healthyWorld({ size: 3, nextRules: [rule(1)] });
    world.add('s9', 'eu/z9');
    world.reconfigure('B', { on: ['s1', 's2', 's3'], nextRules: [rule(1)], retired: ['s9-disk'] });
    for (const id of ['s1', 's2', 's3'])
      world.forge(id, 'B', {
        stores: [
          { serverId: world.state(id, 'B').descriptor.sequencer.serverId, storeId: storeId('s1-disk') },
        ],
      });
    world.seal('B');
    expect(nonWitnesses(world)).toEqual([]);
    expect(world.rebuild().verdict).toBe('proven');
  });
});

describe('a loglet that was provisioned and bears no mark', () => {
  test('never held an acknowledged entry when a seal quorum of it answers: dropped, proven', () => {
    const world = sealed();
    world.successor('B', { on: ['s1', 's4'] });
    world.silence('s4');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.end?.dropped ?? [])).toEqual(['B']);
  });

  test('is undecided when those who know are silent, and named', () => {
    const world = sealed();
    world.successor('B', { on: ['s4', 's5'], durability: { kind: 'count', copies: 1 } });
    world.silence('s5');
    const rebuilt = world.rebuild();
    expect(kinds(rebuilt)).toEqual(['successor undecided']);
    expect(rebuilt.problems[0]?.wouldSettle).toEqual([['s5']]);
    expect(rebuilt.loss.possiblyLost).toEqual([{ from: 10n }]);
  });

  test('may have been sealed and extended under its own wider rules, by a successor that nobody here has', () => {
    const world = sealed([rule(3)]);
    world.install(world.successor('B', { on: ['s1', 's2', 's3'], nextRules: [rule(1)] }));
    world.seal('B', ['s2']);
    const next = world.successor('C', { on: ['s5'] });
    world.install(next);
    world.activate('C');
    world.acknowledge('C', 20n);
    world.silence('s5');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('unproven');
    expect(rebuilt.problems[0]).toMatchObject({ kind: 'successor may exist', wouldSettle: [['s5']] });
    expect(rebuilt.loss.possiblyLost).toEqual([{ from: 10n }]);
  });

  test('has no successor while a commit quorum of it is unsealed', () => {
    const world = sealed([rule(3)]);
    world.install(world.successor('B', { on: ['s1', 's2', 's3'], nextRules: [rule(1)] }));
    world.silence('s5');
    expect(world.rebuild().verdict).toBe('proven');
  });

  test('was never installed when a store of its nodeset answers without it', () => {
    const world = sealed();
    const few = { kind: 'count', copies: 1 } as const;
    world.successor('B', { on: ['s3', 's4', 's5'], durability: few, nextRules: [rule(1)] });
    world.silence('s5');
    expect(kinds(world.rebuild())).toContain('successor undecided');
    world.drop('B', ['s4']);
    expect(world.rebuild().verdict).toBe('proven');
  });

  test('may have been dropped by a store that trimmed so far', () => {
    const world = sealed();
    const few = { kind: 'count', copies: 1 } as const;
    world.successor('B', { on: ['s3', 's4', 's5'], durability: few, nextRules: [rule(1)] });
    world.silence('s5');
    world.drop('B', ['s4']);
    world.trim(10n, ['s4']);
    expect(kinds(world.rebuild())).toContain('successor undecided');
  });

  test('lost, if the register ended with its predecessor at its version or later: a trim came first', () => {
    const world = sealed();
    world.successor('orphan', { on: ['s4', 's5'], durability: { kind: 'count', copies: 1 } });
    world.snapshot('cache', { ...world.chain, version: world.chain.version + 1, trimPoint: 3n });
    world.silence('s5');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.branching.orphans)).toEqual(['orphan']);
  });

  test('beside an installed sibling of its generation it is an orphan: proven whoever is silent', () => {
    const world = sealed();
    const before = world.chain;
    world.reconfigure('B', { on: ['s1', 's2', 's3'] });
    world.successor('orphan', { on: ['s4', 's5'] }, before);
    world.silence('s5');
    const rebuilt = world.rebuild();
    expect(rebuilt.verdict).toBe('proven');
    expect(ids(rebuilt.branching.orphans)).toEqual(['orphan']);
  });
});
