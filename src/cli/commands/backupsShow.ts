import { EXIT } from '../../core/errorCatalogue.ts';
import { showBackup } from '../../operations/backup/look.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';

/** `backups show ID`: one snapshot as it is stored, its digest checked. */
export const run: CommandModule['run'] = async (app, [id = '']) => {
  const result = await showBackup(backupDeps(await app.connect()), id);
  app.out.result(result, () => JSON.stringify(result.document, undefined, 2));
  return EXIT.done;
};
