import type { CommandModule } from '../app.ts';
import { createHands } from '../playbook/hands.ts';
import { loadPlaybooks } from '../playbook/library.ts';
import { goOnWithPlaybook } from '../playbook/start.ts';

/** `playbook resume ID`: goes on at the same step, with the playbook and the answers that it was begun with. */
export const run: CommandModule['run'] = async (app, [runId = ''], options) => {
  const playbooks = (await loadPlaybooks(app, options)).map((one) => one.playbook);
  return goOnWithPlaybook(app, options, { hands: createHands(app, options), playbooks, runId });
};
