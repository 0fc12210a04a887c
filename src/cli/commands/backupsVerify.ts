import { EXIT } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { verifyBackups } from '../../operations/backup/verifyBackups.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps, dataDeps } from '../backupDeps.ts';

/** `backups verify`: digests, links between versions, holes, and how the newest stands to the register; `--data`: of entries, too. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const logs = options.texts('log').map(logId);
  const connection = await app.connect();
  const result = await verifyBackups(backupDeps(connection), {
    ...(logs.length > 0 && { logs }),
    ...(options.flag('data') && { archive: dataDeps(connection).archive }),
  });
  app.out.result(result, () => {
    const rows = result.logs.map((log) => [
      log.logId,
      String(log.snapshots),
      log.newest ?? 'none',
      log.register,
      ...(log.data ? [`${log.data.objects} (${log.data.bytes} bytes)`] : []),
      log.problems.length === 0 ? 'ok' : `${log.problems.length} problems`,
    ]);
    const problems = result.logs.flatMap((log) => log.problems.map(({ id, message }) => `${id}: ${message}`));
    const head = [
      'log',
      'snapshots',
      'newest',
      'to the register',
      ...(options.flag('data') ? ['objects read'] : []),
      '',
    ];
    return [app.out.table(head, rows), ...problems].join('\n');
  });
  return result.ok ? EXIT.done : EXIT.attention;
};
