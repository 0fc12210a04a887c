import { killMembers, pauseMembers, resumeMembers, startMembers, wipeMembers } from '../../sandbox/verbs.ts';
import { acknowledged } from '../load.ts';
import { type ClusterShape, type Scenario, type Scene, USUAL_CLUSTER } from '../scenario.ts';
import { lastMembers } from './places.ts';

/** Two of three members make an entry durable: without two nobody knows where the log ends. */
const MAJORITY: ClusterShape = { ...USUAL_CLUSTER, durability: 'majority', nodesetSize: 3 };

export const unsealableWait: Scenario = {
  name: 'unsealable-wait',
  title: 'The last loglet cannot be sealed, until a server comes back',
  about:
    'Two of three members of the last loglet are dead. One of them returns with its disk: nothing is lost.',
  playbook: 'loglet-unsealable',
  cluster: MAJORITY,
  clients: 'help themselves',
  disaster: async (scene) => {
    const [first = '', second = ''] = await lastMembers(scene);
    await killMembers(scene.access.sandbox, [first, second], scene.app.clock);
    return `${first} and ${second} killed`;
  },
  answers: { 'wait-or-lose': 'wait', survivor: 'wait' },
  byHand: async (scene) => {
    const [, second = ''] = await lastMembers(scene);
    await startMembers(scene.access, [second]);
  },
  expect: { verdict: 'proven', loss: 'none', ends: 'done' },
};

/** Entries that the third member has not: it hangs while the other two acknowledge them. */
async function lagBehind(scene: Scene): Promise<string> {
  const [, , third = ''] = await lastMembers(scene);
  await pauseMembers(scene.access.sandbox, [third], scene.app.clock);
  return `${third} hangs; the other two go on without it`;
}

const LAG_ENTRIES = 200;

export const unsealableLoss: Scenario = {
  name: 'unsealable-loss',
  title: 'The last loglet cannot be sealed, and its servers are gone for good',
  about:
    'Two of three members of the last loglet are destroyed, with entries that the third one never had. The log goes on, and the loss is accepted and recorded.',
  playbook: 'loglet-unsealable',
  cluster: MAJORITY,
  clients: 'only wait',
  prepare: lagBehind,
  disaster: async (scene) => {
    const { access, app } = scene;
    const [first = '', second = '', third = ''] = await lastMembers(scene);
    const before = await acknowledged(scene);
    if (before.length < LAG_ENTRIES) throw new Error('nothing was acknowledged without the third member');
    await wipeMembers(access.sandbox, [first, second], app.clock);
    await resumeMembers(access.sandbox, [third], app.clock);
    return `${first} and ${second} destroyed; ${third} goes on`;
  },
  answers: {
    'wait-or-lose': 'accept-loss',
    'accept.1.accept-loss.1': 'accept-loss 1',
  },
  expect: { verdict: 'unproven', loss: 'as stated', ends: 'done' },
};
