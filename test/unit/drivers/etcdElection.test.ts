import { describe, expect, test } from 'vitest';
import { EtcdAdmin } from '../../../src/drivers/etcd-admin/etcdAdmin.ts';
import type { Gateway } from '../../../src/drivers/etcd-admin/options.ts';
import { mayServeElsewhere } from '../../../src/operations/forceNewCluster/words.ts';

const MEMBERS = [1, 2, 3].map((place) => ({
  name: `m${place}`,
  clientUrl: `http://m${place}:2379`,
  peerUrl: `http://m${place}:2380`,
}));
const header = { cluster_id: '1', member_id: '1', revision: '5' };
const members = MEMBERS.map(({ name, peerUrl }) => ({ ID: name, name, peerURLs: [peerUrl] }));

/** Members of one etcd: those that answer have a leader once `clock` has been slept on so many times. */
function etcdOf(answering: readonly string[], leaderAfter: number) {
  let time = 0;
  let naps = 0;
  const sleep = async (ms: number) => {
    time += ms;
    naps += 1;
  };
  const openGateway = (endpoint: string): Gateway => ({
    ask: async (_, call) => {
      if (!answering.some((name) => endpoint.includes(name))) throw new Error('connection refused');
      const leader = naps >= leaderAfter ? '1' : '0';
      return call.reply.parse({ header, version: '3.5.0', leader, members, count: '0' });
    },
    close: async () => {},
  });
  const options = { members: MEMBERS, prefix: '/x', credentials: {}, workDir: '/x', openGateway };
  const clock = { now: () => time, sleep };
  const admin = new EtcdAdmin({ ...options, clock, reporter: {} } as never, {} as never, 'etcd');
  return { naps: () => naps, states: async () => (await admin.look()).map(({ state }) => state) };
}

describe('members that answer without a leader', () => {
  test('are waited for while they are a majority: an election is no disaster', async () => {
    const etcd = etcdOf(['m1', 'm2'], 3);
    expect(await etcd.states()).toEqual(['serves', 'serves', 'silent']);
    expect(etcd.naps()).toBe(3);
  });

  test('are not waited for in a minority, and not for ever', async () => {
    const alone = etcdOf(['m1'], 1);
    expect(await alone.states()).toEqual(['alone', 'silent', 'silent']);
    expect(alone.naps()).toBe(0);
    const split = etcdOf(['m1', 'm2', 'm3'], Number.POSITIVE_INFINITY);
    expect(await split.states()).toEqual(['alone', 'alone', 'alone']);
  });

  test('may serve again when they are a majority, as silent ones may', () => {
    const looks = (...states: readonly ('alone' | 'silent')[]) =>
      states.map((state, place) => ({ name: `m${place + 1}`, state, old: false }) as never);
    const names = (...states: readonly ('alone' | 'silent')[]) =>
      mayServeElsewhere(looks(...states), 'survivor').map(({ name }) => name);
    expect(names('alone', 'alone', 'silent')).toEqual(['m1', 'm2']);
    expect(names('alone', 'silent', 'silent')).toEqual(['m2', 'm3']);
    expect(mayServeElsewhere(looks('alone', 'alone', 'silent'), 'running')).toEqual([]);
  });
});
