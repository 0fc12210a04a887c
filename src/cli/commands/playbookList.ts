import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { configuredDriver, loadPlaybooks } from '../playbook/library.ts';

/** `playbook list` */
export const run: CommandModule['run'] = async (app, _, options) => {
  const known = await loadPlaybooks(app, options);
  const playbooks = known.map(({ playbook, file, isShipped }) => {
    const { id, title, severity, symptom, drivers, minutes } = playbook;
    return { id, title, severity, symptom, drivers, minutes, file, shipped: isShipped };
  });
  const driver = await configuredDriver(app);
  // A person looks for what fits the cluster at hand; a program gets all of them.
  const shown = playbooks.filter(({ drivers }) => driver === undefined || drivers.includes(driver));
  app.out.result({ playbooks }, () =>
    [
      app.out.table(
        ['playbook', 'for', 'what it is for'],
        shown.map((one) => [one.id, one.severity, one.title]),
      ),
      '',
      ...(shown.length === playbooks.length
        ? []
        : [`${playbooks.length - shown.length} more are for clusters of another engine.`]),
      '`vlog-dr guide` looks at the cluster and proposes the one that fits.',
    ].join('\n'),
  );
  return EXIT.done;
};
