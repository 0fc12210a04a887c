import { EXIT } from '../../core/errorCatalogue.ts';
import { diffBackups } from '../../operations/backup/look.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';

/** `backups diff FROM TO`: what changed in the chain between two snapshots. */
export const run: CommandModule['run'] = async (app, [from = '', to = '']) => {
  const result = await diffBackups(backupDeps(await app.connect()), { from, to });
  app.out.result(result, () =>
    result.changes.length === 0
      ? `${result.from} and ${result.to} hold the same chain.`
      : result.changes.map(({ message }) => message).join('\n'),
  );
  return EXIT.done;
};
