import { describe, expect, test } from 'vitest';
import { rebuildSet, verdictOfSet } from '../../../../src/core/restate/rebuildSet.ts';
import { CHAINS, NODES, PARTITIONS, SCHEMA } from '../../../../src/core/restate/values.ts';
import {
  copy,
  everywhere,
  evidence,
  found,
  live,
  REPLICATION,
  segment,
  waiting,
} from '../../../support/restate/evidence.ts';

const rebuilt = (given: Parameters<typeof evidence>[0]) => {
  const set = rebuildSet(evidence(given));
  const register = (key: string) => set.registers.find((one) => one.key === key);
  return { ...set, register, verdict: verdictOfSet(set), says: said(set) };
};

function said({ problems, logs }: ReturnType<typeof rebuildSet>): string {
  return [...problems, ...logs.flatMap((log) => log.problems)].map(({ message }) => message).join('\n');
}

const CACHED = { [NODES]: 7, [CHAINS]: 7, [PARTITIONS]: 1, [SCHEMA]: 3 };
const LIVE = [live(1, CACHED), live(2, CACHED), live(3, CACHED)];
/** n3 is gone for good, and the operator tells its id. */
const THIRD_GONE = [waiting(1), waiting(2), { address: 'http://n3/', name: 'n3', givenId: 3 }];
const look = {
  partitionId: 0,
  leader: { id: 2, generation: 1 },
  leaderEpoch: 9n,
  currentVersion: 5,
  currentReplicaSet: [2, 3],
};

describe('from the caches of live nodes', () => {
  test('every register is written back exactly as the nodes have it, and the epochs are those of now', () => {
    const set = rebuilt({ looks: LIVE, sets: [found('cache', 'the cache of n1')], partitions: [look] });
    expect(set.verdict).toBe('proven');
    for (const key of [NODES, CHAINS, PARTITIONS, SCHEMA])
      expect(set.register(key)).toMatchObject({ content: { kind: 'copy' }, from: 'the cache of n1' });
    const epoch = set.register('pp_epoch_0')?.content;
    expect(epoch).toMatchObject({
      kind: 'epoch',
      epoch: { epoch: 9n, replicaSet: [2, 3], currentVersion: 5, leader: { id: 2 } },
    });
  });

  test('the epochs are made also when nothing tells them: without, nodes stop themselves at the next leader change', () => {
    const set = rebuilt({ looks: LIVE, sets: [found('cache', 'the cache of n1')] });
    expect(set.register('pp_epoch_0')).toMatchObject({
      from: 'a guess, high',
      content: { epoch: { epoch: 1_000_000n, replicaSet: [1, 2, 3] } },
    });
    expect(set.unknowns.map(({ what }) => what)).toContain('which nodes hold the state of a partition');
  });

  test('an epoch in the store that is older than what nodes do now is replaced', () => {
    const sets = [found('store', 'the store'), found('cache', 'the cache of n1')];
    const set = rebuilt({ looks: LIVE, sets, partitions: [look] });
    expect(set.register('pp_epoch_0')).toMatchObject({
      from: 'what live nodes do',
      content: { epoch: { epoch: 9n } },
    });
  });
});

describe('an older copy is not written over what live nodes know', () => {
  test('a store that was rolled back below the caches gets what they have', () => {
    const sets = [found('store', 'the store', { version: 6 }), found('cache', 'the cache of n1')];
    const set = rebuilt({ looks: LIVE, sets, partitions: [look] });
    expect(set.register(CHAINS)).toMatchObject({ version: 7, from: 'the cache of n1' });
  });

  test('a backup below a live cache that cannot be read is refused', () => {
    const set = rebuilt({ looks: LIVE, sets: [found('backup', 'backup B', { version: 6 })] });
    expect(set.verdict).toBe('contradiction');
    expect(set.says).toContain('n1 caches version 7 of bifrost_config');
    expect(set.says).toContain('version 6 (backup B)');
  });

  test('a backup that is newer than any cache is used, and goes above them all', () => {
    const looks = [1, 2, 3].map((id) => live(id, { ...CACHED, [CHAINS]: 5, [NODES]: 5 }));
    const sets = [
      found('cache', 'the cache of n1', { version: 5 }),
      found('backup', 'backup B', { version: 9, chains: new Map([[0, [segment(0, 0, 1n)]]]) }),
    ];
    const set = rebuilt({ looks, sets, partitions: [look] });
    expect(set.verdict).toBe('proven');
    expect(set.register(CHAINS)?.version).toBeGreaterThan(9);
    expect(set.register(CHAINS)?.from).toBe('backup B');
  });
});

describe('a stale chain is completed before its version is lifted', () => {
  const stored = everywhere({ 0: ['sealed 11/11', 'sealed 6/6', 'open 4/3'] });

  test('segments that the store does not have are found behind its tail', () => {
    const set = rebuilt({ sets: [found('backup', 'backup B')], stored });
    expect(set.logs[0]).toMatchObject({ completed: 2, last: 'active' });
    expect(set.logs[0]?.segments.map(({ segment: { base } }) => base)).toEqual([1n, 11n, 16n]);
    expect(set.register(CHAINS)?.from).toContain('completed from the log-servers');
  });

  test('also where all nodes accepted it already, at whatever version', () => {
    const looks = [1, 2, 3].map((id) => live(id, { ...CACHED, [CHAINS]: 6000, [NODES]: 6000 }));
    const sets = ['store', 'cache'].map((source) =>
      found(source as 'store' | 'cache', `the ${source}`, { version: 6000 }),
    );
    const set = rebuilt({ looks, sets, stored, partitions: [look] });
    expect(set.logs[0]?.completed).toBe(2);
    expect(set.register(CHAINS)?.version).toBeGreaterThan(6000);
  });
});

describe('whose registers they are', () => {
  test.each([
    [
      'a backup of another cluster',
      found('backup', 'backup B', { fingerprint: 5n }),
      'backup B is of another cluster',
    ],
    [
      'a store that was provisioned anew',
      found('store', 'the store', { fingerprint: 5n }),
      'It was provisioned anew',
    ],
  ])('%s is refused', (_, stranger, words) => {
    const set = rebuilt({
      looks: LIVE,
      sets: [found('cache', 'the cache of n1'), stranger],
      partitions: [look],
    });
    expect(set.verdict).toBe('contradiction');
    expect(set.says).toContain(words);
  });

  test('a naive provision shows itself by the directories alone', () => {
    const set = rebuilt({ sets: [found('store', 'the store', { fingerprint: 5n })] });
    expect(set.says).toContain('nodes that join it write over the old log-stores');
  });

  test('another name is another cluster', () => {
    const set = rebuilt({ configured: { name: 'other' }, sets: [found('backup', 'backup B')] });
    expect(set.says).toContain('name lab, not other');
  });
});

describe('from the log-servers alone', () => {
  const stated = { replication: REPLICATION };

  test('the measured run: tails by the highest global tail, trimmed heads gone, the open end kept', () => {
    const stored = everywhere({
      0: [
        'sealed 5219/5219 trim 5218',
        'sealed 1813/1813 trim 782',
        'sealed 2362/2362',
        'sealed 4248/4248',
        'open 2521/2515',
      ],
    });
    const set = rebuilt({ stored, stated });
    expect(set.verdict).toBe('proven');
    expect(set.logs[0]?.segments.map(({ segment: { index, base } }) => `${index}@${base}`)).toEqual([
      ...['1@5219', '2@7031', '3@9392', '4@13639'],
    ]);
    expect(set.logs[0]?.atRisk).toEqual({ from: 16_153n, to: 16_159n });
    expect(set.register(NODES)?.content).toMatchObject({
      kind: 'nodes',
      nodes: { nodes: [{ id: 1 }, { id: 2 }, { id: 3 }] },
    });
  });

  test('a local tail above the truth on a server that the seal did not reach is not believed', () => {
    const stored = new Map([
      ['http://n1/', [copy(0, 0, 'open 736/700'), copy(0, 1, 'open 3/3')]],
      ['http://n2/', [copy(0, 0, 'sealed 735/735'), copy(0, 1, 'open 3/3')]],
      ['http://n3/', [copy(0, 0, 'sealed 735/735'), copy(0, 1, 'open 3/3')]],
    ]);
    expect(rebuilt({ stored, stated }).logs[0]?.segments[1]?.segment.base).toBe(735n);
  });

  test('a tail that nobody was told is not proven: of two seals at once, the one that lost may have completed more', () => {
    const stored = everywhere({ 0: ['sealed 1239/1237', 'open 5/5'] });
    const set = rebuilt({ stored, stated });
    expect(set.verdict).toBe('unproven');
    expect(set.says).toContain('Loglet 0_0 ends between 1237 and 1239');
    expect(set.logs[0]?.segments[1]?.segment.base).toBe(1239n);
    const chains = new Map([[0, [segment(0, 0, 1n), segment(0, 1, 1237n)]]]);
    expect(rebuilt({ stored, looks: LIVE, sets: [found('cache', 'n1', { chains })] }).verdict).toBe('proven');
  });

  test('what one survivor holds may have been acknowledged by it and the lost node: it is not given up', () => {
    const alone = [
      { ...copy(0, 0, 'sealed 364/1'), records: [{ from: 1n, to: 364n }] },
      copy(0, 1, 'open 5/5'),
    ];
    const before = [{ ...copy(0, 0, 'open 190/1'), records: [{ from: 1n, to: 190n }] }];
    const stored = new Map([
      ['http://n1/', alone],
      ['http://n2/', before],
    ]);
    const set = rebuilt({ stored, looks: THIRD_GONE, stated });
    expect(set.verdict).toBe('unproven');
    expect(set.logs[0]?.segments[1]?.segment.base).toBe(364n);
  });

  test('behind a record that nobody holds nothing was acknowledged: what lies there is left out', () => {
    const gap = [
      { from: 1n, to: 190n },
      { from: 191n, to: 200n },
    ];
    const alone = [{ ...copy(0, 0, 'open 200/1'), records: gap }];
    const sealed = [
      { ...copy(0, 0, 'sealed 190/1'), records: [{ from: 1n, to: 190n }] },
      copy(0, 1, 'open 5/5'),
    ];
    const stored = new Map([
      ['http://n1/', alone],
      ['http://n2/', sealed],
    ]);
    const set = rebuilt({ stored, looks: THIRD_GONE, stated });
    expect(set.logs[0]?.segments[1]?.segment.base).toBe(190n);
  });

  test('of what lies on a write quorum nothing is given up: what restarted nodes were told lags', () => {
    const records = [{ from: 1n, to: 1239n }];
    const held = [{ ...copy(0, 0, 'sealed 1239/1192'), records }, copy(0, 1, 'open 5/5')];
    const set = rebuilt({ stored: new Map([1, 2, 3].map((id) => [`http://n${id}/`, held])), stated });
    expect(set.verdict).toBe('unproven');
    expect(set.says).toContain('Loglet 0_0 ends between 1192 and 1239');
    expect(set.logs[0]?.segments[1]?.segment.base).toBe(1239n);
  });

  test('a partition is led where its data lies, as the directories say', () => {
    const holding = (id: number, partitions: number[]) => {
      const { marker, ...rest } = waiting(id);
      return { ...rest, marker: { ...marker, partitions } };
    };
    const set = rebuilt({ looks: [holding(1, [0]), holding(2, [1]), holding(3, [1, 0])], stated });
    expect(set.register('pp_epoch_0')?.content).toMatchObject({ epoch: { replicaSet: [1, 3] } });
    expect(set.unknowns.map(({ what }) => what)).not.toContain('which nodes hold the state of a partition');
  });

  test('what is not known is said: consequence, and what would supply it', () => {
    const set = rebuilt({ stated });
    expect(set.unknowns.map(({ what }) => what)).toEqual([
      'features and locations of the nodes',
      'the partition table',
      'services and deployments',
      'limits and concurrency rules',
      'which nodes hold the state of a partition',
    ]);
  });

  test('without a stated replication nothing is written', () => {
    expect(rebuilt({}).says).toContain('Give `--replication`');
  });

  test('one log-server gone for good: its id must be known, and two of three are enough for {node: 2}', () => {
    const stored = everywhere({ 0: ['sealed 11/11', 'sealed 6/6', 'open 4/3'] }, [1, 3]);
    const gone = { address: 'http://n2/', name: 'n2' };
    const looks = [waiting(1), gone, waiting(3)];
    expect(rebuilt({ looks, stored, stated }).says).toContain('The node id of n2');
    const set = rebuilt({ looks: [waiting(1), { ...gone, givenId: 2 }, waiting(3)], stored, stated });
    expect(set.verdict).toBe('proven');
    expect(set.logs[0]?.segments.map(({ segment: { base } }) => base)).toEqual([1n, 11n, 16n]);
  });

  test('empty segments share their base with the next and vanish; a minority left open does not matter', () => {
    const stored = new Map([
      ['http://n1/', [copy(0, 0, 'sealed 11/11'), copy(0, 1, 'sealed 1/1'), copy(0, 2, 'open 5/5')]],
      ['http://n2/', [copy(0, 0, 'open 1/9'), copy(0, 1, 'open 1/1'), copy(0, 2, 'open 5/5')]],
      ['http://n3/', [copy(0, 0, 'sealed 11/11'), copy(0, 1, 'sealed 1/1'), copy(0, 2, 'open 5/5')]],
    ]);
    const set = rebuilt({ stored, stated });
    expect(set.verdict).toBe('proven');
    expect(set.logs[0]?.segments.map(({ segment: { index, base } }) => [index, base])).toEqual([
      [0, 1n],
      [2, 11n],
    ]);
    expect(set.logs[0]?.dropped).toMatchObject([{ because: 'empty' }]);
  });

  test('two of three silent: a later loglet could be on them alone, and that is said', () => {
    const looks = [waiting(1), { ...waiting(2), ident: undefined }, { ...waiting(3), ident: undefined }].map(
      ({ ident, ...rest }) => ({ ...rest, ...(ident && { ident }) }),
    );
    const set = rebuilt({ looks, stored: everywhere({ 0: ['sealed 9/9'] }, [1]), stated });
    expect(set.verdict).toBe('unproven');
    expect(set.says).toContain('n2, n3 are enough to have acknowledged records of a later loglet');
  });

  test('two nodes that claim one id are shown, and nothing is written', () => {
    const twin = { ...waiting(2), marker: { nodeId: 1, nodeName: 'n2' } };
    expect(rebuilt({ looks: [waiting(1), twin, waiting(3)], stated }).verdict).toBe('contradiction');
  });
});

describe('a half-restored store', () => {
  test('keeps what is right, and gets what is missing', () => {
    const store = found('store', 'the store', { only: [NODES, PARTITIONS] });
    const set = rebuilt({
      looks: LIVE,
      sets: [store, found('cache', 'the cache of n1')],
      partitions: [look],
    });
    expect(set.register(NODES)).toMatchObject({ from: 'the store', content: { kind: 'copy' } });
    expect(set.register(CHAINS)).toMatchObject({ from: 'the cache of n1' });
    expect(set.verdict).toBe('proven');
  });
});

test('a backup alone is put above what silent nodes may cache, and generations above every earlier self', () => {
  const set = rebuilt({ sets: [found('backup', 'backup B')] });
  expect(set.register(CHAINS)?.version).toBeGreaterThanOrEqual(1_000_000);
  const nodes = set.register(NODES)?.content;
  expect(nodes?.kind === 'nodes' && nodes.nodes.nodes.map(({ generation }) => generation)).toEqual([
    1001, 1001, 1001,
  ]);
  expect(set.register(SCHEMA)).toMatchObject({ version: 3, content: { kind: 'copy' } });
});
