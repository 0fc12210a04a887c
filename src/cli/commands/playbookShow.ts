import { EXIT } from '../../core/errorCatalogue.ts';
import { playbookText } from '../../ui/text/playbook/show.ts';
import type { CommandModule } from '../app.ts';
import { findPlaybook, loadPlaybooks } from '../playbook/library.ts';

/** `playbook show ID`: all of it, to be read before it is needed. */
export const run: CommandModule['run'] = async (app, [id = ''], options) => {
  const { playbook, file, isShipped } = findPlaybook(await loadPlaybooks(app, options), id);
  app.out.result({ playbook, file, shipped: isShipped }, () => playbookText(playbook));
  return EXIT.done;
};
