import { describe, expect, test } from 'vitest';
import { findingsOf, severityOf } from '../../../../src/core/findings/findings.ts';
import { type Look, situationOf } from '../../../../src/core/findings/situation.ts';
import { FENCEABLE, generation, healthyWorld, LOG, REQUIRED, type World } from '../../../support/evidence.ts';

/** The world as `assess` sees it: with its register, and whatever the test states. */
function look(world: World, difference: Partial<Look> = {}): Look {
  const observation = world.observe();
  const chain = world.register;
  const registered =
    chain === undefined ? [] : [{ source: 'register' as const, name: 'the register', chain }];
  return {
    observation: {
      ...observation,
      chains: [...observation.chains, ...registered],
      registers: chain === undefined ? [] : [{ logId: LOG, chain }],
    },
    metaStore: { kind: 'test', health: 'ok', members: [] },
    unreadable: new Map(),
    ...difference,
  };
}

const found = (world: World, difference: Partial<Look> = {}) =>
  findingsOf(situationOf(look(world, difference)));

/** Codes that are more than worth knowing. */
const wrong = (world: World, difference: Partial<Look> = {}) =>
  found(world, difference)
    .filter((one) => severityOf(one) !== 'info')
    .map((one) => one.code);

test('a healthy world has nothing wrong with it', () => {
  const world = healthyWorld();
  world.reconfigure('B');
  expect(wrong(world)).toEqual([]);
});

describe('two chains', () => {
  function twoPlanes(): World {
    const world = healthyWorld({ size: 9 });
    const before = world.chain;
    world.reconfigure('B', { on: ['s4', 's5', 's6'] });
    world.register = before;
    return world;
  }

  test('of one generation are a fork, and worse than anything else', () => {
    const world = twoPlanes();
    world.install(world.successor('C', { on: ['s7', 's8', 's9'], start: 10n }));
    world.activate('C');
    expect(wrong(world)[0]).toBe('FORK');
  });

  test('of two generations: the later is the chain, the other is abandoned, and no fork', () => {
    const world = twoPlanes();
    world.recover(2);
    for (const server of world.servers.values()) server.generation = generation(2);
    world.install(world.successor('C', { on: ['s7', 's8', 's9'], start: 10n }));
    world.activate('C');
    expect(found(world)).toContainEqual(expect.objectContaining({ code: 'ABANDONED', logletId: 'B' }));
    expect(wrong(world)).not.toContain('FORK');
  });
});

describe('what stores know against the chain', () => {
  test('acknowledged entries above a boundary are a contradiction', () => {
    const world = healthyWorld();
    world.seal('A');
    world.install(world.successor('B', { start: 5n }));
    world.activate('B');
    expect(wrong(world)).toContain('CONTRADICTION');
  });

  test('another descriptor on one store is reported and not used', () => {
    const world = healthyWorld();
    world.reconfigure('B');
    world.forge('s2', 'A', { start: 5n });
    const finding = found(world).find((one) => one.code === 'DESCRIPTORS_DIFFER');
    expect(finding?.message).toContain('A on s2');
  });

  test('records that failed their digest are named with their server', () => {
    const world = healthyWorld();
    world.server('s3').damaged.push(world.chain.segments[0]?.logletId ?? ('A' as never));
    expect(found(world)).toContainEqual(
      expect.objectContaining({ code: 'RECORDS_DAMAGED', serverIds: ['s3'] }),
    );
  });

  test('a loglet that lost its race is an orphan, and nothing to worry about', () => {
    const world = healthyWorld({ size: 6 });
    const before = world.chain;
    world.reconfigure('B');
    world.successor('C', { on: ['s4', 's5', 's6'] }, before);
    expect(wrong(world)).toEqual([]);
    expect(found(world)).toContainEqual(expect.objectContaining({ code: 'ORPHAN', logletId: 'C' }));
  });
});

describe('the MetaStore', () => {
  test('with members missing is degraded', () => {
    const members = [
      { id: 'm1', endpoint: 'a', state: 'ok' as const },
      { id: 'm2', endpoint: 'b', state: 'unreachable' as const },
    ];
    const metaStore = { kind: 'etcd', health: 'degraded' as const, members };
    expect(wrong(healthyWorld(), { metaStore })).toEqual(['METASTORE_DEGRADED']);
  });

  test('is stale when the repository has a later version than the register', () => {
    const world = healthyWorld();
    const before = world.chain;
    world.reconfigure('B');
    world.snapshot();
    world.register = before;
    world.drop('B');
    for (const id of ['s1', 's2', 's3']) delete world.state(id, 'A').close;
    expect(wrong(world)).toContain('METASTORE_STALE');
  });

  test('is not stale, nor the chain cut, when the repository lags behind a living register', () => {
    const world = healthyWorld({ snapshots: REQUIRED, size: 6 });
    world.repository = FENCEABLE;
    world.snapshot();
    world.seal('A');
    // Installed, and its snapshot not written yet: a recovery without the register would leave it out.
    world.install(world.successor('B', { snapshots: REQUIRED, on: ['s4', 's5', 's6'] }));
    world.silence('s4', 's5', 's6');
    const log = situationOf(look(world)).logs[0];
    expect(log?.rebuilt.segments.map((one) => one.logletId)).toEqual(['A', 'B']);
    expect(wrong(world)).not.toContain('METASTORE_STALE');
  });

  test('with an empty register and nothing ever installed has lost nothing', () => {
    const world = healthyWorld();
    world.register = undefined;
    for (const id of ['s1', 's2', 's3']) {
      const state = world.state(id, 'A');
      delete state.activatedAt;
      state.localTail = 0n;
      state.knownCommitted = 0n;
    }
    expect(wrong(world)).not.toContain('METASTORE_LOST');
  });
});

describe('servers', () => {
  test('whose only disk was retired are not missed', () => {
    const world = healthyWorld({ size: 4 });
    world.reconfigure('B', { on: ['s1', 's2', 's4'] });
    world.reconfigure('C', { on: ['s1', 's2', 's4'], retired: ['s3-disk'] });
    world.silence('s3');
    expect(situationOf(look(world)).servers.get('s3' as never)?.state).toBe('retired');
    expect(wrong(world)).not.toContain('SERVER_UNREACHABLE');
  });

  test('read from a stopped server’s directory are evidence, and still unreachable', () => {
    const world = healthyWorld();
    world.answerAs('offline', 's3');
    expect(wrong(world)).toContain('SERVER_UNREACHABLE');
    expect(wrong(world)).toContain('LOG_NOT_WRITABLE');
  });

  test('with a replaced disk leave the last loglet without a member, not sealed', () => {
    const world = healthyWorld();
    world.replaceDisk('s3');
    expect(wrong(world)).toContain('LOG_NOT_WRITABLE');
    expect(wrong(world)).not.toContain('LOG_STUCK_SEALED');
  });
});

test('a repository that does not answer is not called empty', () => {
  const world = healthyWorld();
  const base = look(world);
  const problem = 'repository: connection refused.';
  const rejected = [{ source: 'snapshot' as const, name: 's3://backups', problem }];
  const observation = { ...base.observation, rejected };
  expect(wrong(world, { observation, repositoryUrl: 's3://backups' })).toEqual(['REPOSITORY_UNREACHABLE']);
  expect(wrong(world, { repositoryUrl: 's3://backups' })).toEqual(['BACKUP_MISSING']);
});

describe('positions that only silent servers held', () => {
  /** Segment 0 on s1 to s3, the log now on s4 to s6 with their stores out of service as far as told. */
  function held(retired: readonly string[]): World {
    const world = healthyWorld({ size: 6 });
    world.reconfigure('B', { on: ['s4', 's5', 's6'], retired: retired.map((id) => `${id}-disk`) });
    world.silence('s1', 's2', 's3');
    return world;
  }

  test('may come back while one of them is in service, and it alone is named', () => {
    const gap = found(held(['s1', 's3'])).find((one) => one.code === 'SEGMENT_UNREADABLE');
    expect(gap?.serverIds).toEqual(['s2']);
    expect(wrong(held(['s1', 's3']))).not.toContain('SEGMENT_LOST');
  });

  test('are lost once all of them are retired', () => {
    const codes = wrong(held(['s1', 's2', 's3']));
    expect(codes[0]).toBe('SEGMENT_LOST');
    expect(codes).not.toContain('SEGMENT_UNREADABLE');
  });
});
