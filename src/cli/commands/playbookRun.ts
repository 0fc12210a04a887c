import type { CommandModule } from '../app.ts';
import { createHands } from '../playbook/hands.ts';
import { findPlaybook, loadPlaybooks } from '../playbook/library.ts';
import { startPlaybook } from '../playbook/start.ts';

/** `playbook run ID`: leads through one, step by step. Refused where what is seen is not what it is for. */
export const run: CommandModule['run'] = async (app, [id = ''], options) => {
  const known = await loadPlaybooks(app, options);
  const { playbook } = findPlaybook(known, id);
  const playbooks = known.map((one) => one.playbook);
  return startPlaybook(app, options, { hands: createHands(app, options), playbooks, playbook });
};
