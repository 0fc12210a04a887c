import { openLog } from '../../cli/connection.ts';
import { runLoad } from '../../sandbox/load.ts';
import { killMembers, loseMetaStore, pauseMembers, startMembers, wipeMembers } from '../../sandbox/verbs.ts';
import { loadOptions } from '../load.ts';
import { operate } from '../recovery.ts';
import { type Scenario, type Scene, USUAL_CLUSTER } from '../scenario.ts';
import { lastMembers, membersOf, segmentsOf } from './places.ts';

/** Servers that hold a past segment alone, none of them in the last one. */
async function membersOfThePast(scene: Scene): Promise<string[]> {
  const last = await lastMembers(scene);
  const past = (await segmentsOf(scene)).slice(0, -1).reverse();
  const found = past.map(membersOf).find((members) => !members.some((id) => last.includes(id)));
  if (found === undefined) throw new Error('every segment shares a server with the last one');
  return found;
}

/** Two halves that take turns, with spare servers for what comes after. */
const TWO_HALVES = { ...USUAL_CLUSTER, servers: 6 };

export const lostSegment: Scenario = {
  name: 'lost-segment',
  title: 'All servers of past loglets are destroyed',
  about:
    'Three of six servers are destroyed; some segments were on them alone. They are retired, the loss is accepted by name, the log goes on.',
  playbook: 'segment-lost',
  cluster: TWO_HALVES,
  clients: 'help themselves',
  disaster: async (scene) => {
    const members = await membersOfThePast(scene);
    await wipeMembers(scene.access.sandbox, members, scene.app.clock);
    return `${members.join(', ')} destroyed`;
  },
  answers: async (scene) => {
    const members = (await membersOfThePast(scene)).sort();
    const consents = members.flatMap((server) => [
      [`retire.${server}.destroyed`, 'destroyed'],
      [`retire.${server}.accept-loss.1`, 'accept-loss 1'],
    ]);
    return { disks: 'destroyed', 'destroyed-servers': members, ...Object.fromEntries(consents) };
  },
  expect: { verdict: 'unproven', loss: 'as stated', ends: 'done' },
};

export const lostSegmentReturns: Scenario = {
  name: 'lost-segment-returns',
  title: 'All servers of past loglets are silent, and one comes back',
  about: 'Three of six servers are down; some segments are on them alone. One returns with its disk.',
  playbook: 'segment-lost',
  cluster: TWO_HALVES,
  clients: 'help themselves',
  disaster: async (scene) => {
    const members = await membersOfThePast(scene);
    await killMembers(scene.access.sandbox, members, scene.app.clock);
    return `${members.join(', ')} killed`;
  },
  answers: { disks: 'bring-back', returned: 'wait' },
  byHand: async (scene) => {
    const [first = ''] = await membersOfThePast(scene);
    await startMembers(scene.access, [first]);
  },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

export const lostZone: Scenario = {
  name: 'lost-zone',
  title: 'A zone is lost',
  about:
    'A third of the servers dies at once, among them a member of the last loglet. The log goes on elsewhere.',
  playbook: 'logservers-lost',
  cluster: { ...USUAL_CLUSTER, servers: 6, zones: 3, minNodesetSize: 2, minZones: 2 },
  clients: 'only wait',
  disaster: async (scene) => {
    const { sandbox } = scene.access;
    const [first = ''] = await lastMembers(scene);
    const zoneOf = (id: string) =>
      sandbox.state.logServers.find((one) => one.id === id)?.location.split('/')[1];
    const dead = sandbox.state.logServers.map((one) => one.id).filter((id) => zoneOf(id) === zoneOf(first));
    await killMembers(sandbox, dead, scene.app.clock);
    return `zone ${zoneOf(first)} with ${dead.join(', ')} killed`;
  },
  answers: { 'back-soon': 'move' },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

export const movedLog: Scenario = {
  name: 'moved-log',
  title: 'Planned: a log is moved off overloaded servers, and back',
  about: 'Nothing is lost and nothing stands still: the log leaves two servers under load, and returns.',
  playbook: 'move-log',
  cluster: { ...USUAL_CLUSTER, servers: 6 },
  clients: 'help themselves',
  disaster: async (scene) =>
    `${(await lastMembers(scene)).slice(0, 2).join(' and ')} are wanted for other work`,
  answers: async (scene) => ({
    log: scene.logId,
    servers: (await lastMembers(scene)).slice(0, 2),
    back: 'back',
  }),
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

export const returnedServer: Scenario = {
  name: 'returned-server',
  title: 'A server is back that slept through a recovery',
  about:
    'A server was dead while the MetaStore was rebuilt without it. It comes back under the old generation, and is fenced before anybody uses it.',
  playbook: 'server-returned',
  cluster: { ...USUAL_CLUSTER, minNodesetSize: 3 },
  clients: 'help themselves',
  prepare: async (scene, operator) => {
    const { access, app } = scene;
    const [first = ''] = await lastMembers(scene);
    await killMembers(access.sandbox, [first], app.clock);
    await loseMetaStore(access, { stayDown: false, keep: 0 });
    await operate(operator, 'rebuild-metastore', '--from-loglets', '--old-metastore-destroyed');
    return `the MetaStore was lost and rebuilt while ${first} was dead`;
  },
  disaster: async (scene) => {
    const { sandbox } = scene.access;
    const ids = sandbox.state.logServers.map((one) => one.id);
    const { members } = await startMembers(scene.access, ids);
    return `${members
      .filter((one) => one.was === 'stopped')
      .map((one) => one.id)
      .join()} started with its old disk`;
  },
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

export const thinCopies: Scenario = {
  name: 'thin-copies',
  title: 'After an accident a segment has fewer copies than it should',
  about: 'A member hung, then died, and the log went on without it. It is back with half a copy.',
  playbook: 'under-replicated',
  cluster: { ...USUAL_CLUSTER, durability: 'majority' },
  clients: 'help themselves',
  disaster: async (scene) => {
    const { access, app, logId } = scene;
    const [, , third = ''] = await lastMembers(scene);
    await pauseMembers(access.sandbox, [third], app.clock);
    await runLoad({ ...loadOptions(scene), entries: 200 });
    await killMembers(access.sandbox, [third], app.clock);
    await openLog(access.connection, logId).reconfigure();
    await startMembers(access, [third]);
    return `${third} missed the last entries of a segment that has ended`;
  },
  answers: {},
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};
