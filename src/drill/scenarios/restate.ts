import { operate } from '../recovery.ts';
import type { RestateScenario } from '../scenario.ts';

const PROVEN = { verdict: 'proven', loss: 'none', ends: 'done' } as const;
/** Restarted log-servers tell no sealed tail that they were told: what may have been acknowledged ends a segment, unproven. */
const UNTOLD = { ...PROVEN, verdict: 'unproven' } as const;

function accepted(step: string, ...what: string[]): Record<string, string> {
  return Object.fromEntries(
    what.map((one) => [`${step}.accept-unproven.${one}`, `accept-unproven ${one}`] as const),
  );
}

export const restateLostMetadata: RestateScenario = {
  engine: 'restate',
  name: 'restate-lost-metadata',
  title: "Restate: the nodes' own metadata store loses its majority",
  about:
    'Two of three nodes are restarted without their part of the metadata store. The third one still has the map in its memory.',
  playbook: 'restate-metadata-lost',
  cluster: { metaStores: ['builtin'], backup: 'none' },
  callers: 'call on',
  disaster: async (scene) => {
    const lost = await scene.loseMetadata({ stayDown: false, keep: 1 });
    return `${lost.join(' and ')} restarted with empty metadata directories`;
  },
  answers: {
    members: 'gone',
    rebuild: 'wait',
    'rebuild.old-metastore-destroyed': 'old-metastore-destroyed',
  },
  expect: PROVEN,
};

export const restateLostEtcd: RestateScenario = {
  engine: 'restate',
  name: 'restate-lost-etcd',
  title: 'Restate: its etcd is lost, with all data',
  about:
    'All three members are gone while calls go on. The map is put into an empty etcd from what the nodes remember.',
  playbook: 'restate-etcd-lost',
  cluster: { metaStores: ['etcd'], backup: 'none' },
  callers: 'call on',
  disaster: async (scene) => {
    const lost = await scene.loseMetadata({ stayDown: true, keep: 0 });
    return `${lost.join(', ')} of the etcd killed, their data deleted`;
  },
  answers: { members: 'gone', 'empty-etcd': 'wait', rebuild: 'wait' },
  byHand: (scene) => scene.start('m1', 'm2', 'm3'),
  expect: PROVEN,
};

export const restateNaiveProvision: RestateScenario = {
  engine: 'restate',
  name: 'restate-naive-provision',
  title: 'Restate: everything is restarted without metadata, and the nodes ask to be provisioned',
  about:
    'No node remembers, and there is no backup. `restatectl provision` is not run; the chains come back from the log-servers alone.',
  playbook: 'restate-awaiting-provisioning',
  cluster: { metaStores: ['builtin'], backup: 'none' },
  // What is under way then stays pinned to a deployment that nobody knows any more, and holds up its counter for good.
  callers: 'pause',
  disaster: async (scene) => {
    const lost = await scene.loseMetadata({ stayDown: false, keep: 0 });
    return `${lost.join(', ')} restarted with empty metadata directories`;
  },
  answers: {
    provision: 'recover',
    replication: '2',
    'rebuild-blind': 'wait',
    ...accepted('rebuild-blind', '0', '1', 'cluster'),
    deployments: 'wait',
  },
  byHand: (scene) => scene.deploy().catch(() => undefined),
  expect: UNTOLD,
};

export const restateStaleBackup: RestateScenario = {
  ...restateNaiveProvision,
  name: 'restate-stale-backup',
  title: 'Restate: everything is restarted without metadata, and the backup is old',
  about:
    'No node remembers. The backup lacks the last segments of every log: they are completed from the log-servers.',
  cluster: { metaStores: ['builtin'], backup: 'stale' },
  callers: 'call on',
  answers: { provision: 'recover', rebuild: 'wait', ...accepted('rebuild', '0', '1') },
};

export const restateSilentLogServers: RestateScenario = {
  engine: 'restate',
  name: 'restate-silent-logservers',
  title: 'Restate: two of three log-servers are silent, and come back',
  about: 'Only the silent ones know where the logs end. They are waited for, and nothing is lost.',
  playbook: 'restate-logserver-lost',
  cluster: { metaStores: ['etcd'], backup: 'none' },
  callers: 'call on',
  disaster: async (scene) => {
    const [first = '', second = ''] = scene.nodes;
    await scene.kill(first, second);
    return `${first} and ${second} killed`;
  },
  answers: { back: 'wait', returned: 'wait' },
  byHand: (scene) => {
    const [first = '', second = ''] = scene.nodes;
    return scene.start(first, second);
  },
  expect: PROVEN,
};

export const restateLostLogServers: RestateScenario = {
  engine: 'restate',
  name: 'restate-lost-logservers',
  title: 'Restate: two of three log-servers are gone for good',
  about:
    'The logs are ended with the one that is left, and what may be missing is said before. Nothing is: all records were applied.',
  playbook: 'restate-logserver-lost',
  cluster: { metaStores: ['etcd'], backup: 'none' },
  // A record that only lost log-servers have stops its partition for good, where it was not applied yet.
  callers: 'pause',
  disaster: async (scene) => {
    const lost = await allButOne(scene);
    await scene.kill(...lost);
    return `${lost.join(' and ')} killed; what was acknowledged was applied before`;
  },
  answers: async (scene) => {
    const lost = await silent(scene);
    return {
      back: 'gone',
      replication: '1',
      'give-up': 'wait',
      ...Object.fromEntries(lost.map((name) => [`give-up.0.lost.${name}`, `lost ${name}`])),
      ...Object.fromEntries(['0', '1'].map((log) => [`give-up.0.accept-loss.${log}`, `accept-loss ${log}`])),
    };
  },
  expect: { verdict: 'unproven', loss: 'as stated', ends: 'done' },
};

/** All but a node that keeps every partition. */
async function allButOne({ cluster, nodes }: Parameters<RestateScenario['disaster']>[0]): Promise<string[]> {
  const [looks, replicas = []] = await Promise.all([cluster.look(), cluster.replicas()]);
  const partitions = new Set(replicas.map(({ partitionId }) => partitionId));
  const keeps = (id: number) =>
    new Set(replicas.filter(({ node }) => node.id === id).map(({ partitionId }) => partitionId)).size;
  const place = looks.findIndex(
    ({ answer }) =>
      answer.kind === 'answered' &&
      answer.ident.node !== undefined &&
      keeps(answer.ident.node.id) === partitions.size,
  );
  return nodes.filter((_, other) => other !== Math.max(0, place));
}

async function silent({ cluster, nodes }: Parameters<RestateScenario['disaster']>[0]): Promise<string[]> {
  const looks = await cluster.look();
  return nodes.filter((_, place) => looks[place]?.answer.kind === 'silent');
}

export const restateStuckLog: RestateScenario = {
  ...restateLostLogServers,
  name: 'restate-stuck-log',
  title: 'Restate: a recovery by hand was left half-way, and the logs are stuck',
  about:
    'Two of three log-servers were declared lost and a log was sealed, but the settings still ask for two copies: no new segment can be made.',
  playbook: 'restate-log-stuck',
  disaster: async (scene, operator) => {
    const lost = await allButOne(scene);
    await scene.kill(...lost);
    const accepted = ['0', '1'].flatMap((log) => ['--accept-loss', log]);
    await operate(operator, 'seal', '0', ...lost.flatMap((name) => ['--lost', name]), ...accepted);
    return `${lost.join(' and ')} killed and declared lost, log 0 sealed, and left there`;
  },
  answers: { copies: 'fewer', replication: '1', 'finish-with-fewer': 'wait' },
  // What was lost, the one who sealed it has accepted: the playbook has only to go on.
  expect: PROVEN,
};
