import { EXIT } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { verifyBackups } from '../../operations/backup/verifyBackups.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';

/** `backups verify`: digests, links between versions, holes, and how the newest stands to the register. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const logs = options.texts('log').map(logId);
  const result = await verifyBackups(backupDeps(await app.connect()), logs.length === 0 ? {} : { logs });
  app.out.result(result, () => {
    const rows = result.logs.map((log) => [
      log.logId,
      String(log.snapshots),
      log.newest ?? 'none',
      log.register,
      log.problems.length === 0 ? 'ok' : `${log.problems.length} problems`,
    ]);
    const problems = result.logs.flatMap((log) => log.problems.map(({ id, message }) => `${id}: ${message}`));
    return [app.out.table(['log', 'snapshots', 'newest', 'to the register', ''], rows), ...problems].join(
      '\n',
    );
  });
  return result.ok ? EXIT.done : EXIT.attention;
};
