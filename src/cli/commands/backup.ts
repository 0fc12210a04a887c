import { EXIT } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { backupNow } from '../../operations/backup/backupNow.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';

/** `backup`: a snapshot of every chain, now, and of the configuration. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const connection = await app.connect({ create: true });
  const logs = options.texts('log').map(logId);
  const stage = app.reporter.stage('backing up the chains');
  const result = await backupNow(backupDeps(connection), {
    ...(logs.length === 0 ? {} : { logs }),
    config: await app.readText(connection.config.file),
  });
  stage.done(`${result.logs.length} logs`);
  app.out.result(result, () => {
    const rows = result.logs.map((log) => [
      log.logId,
      String(log.version),
      log.outcome === 'there' ? 'was there' : log.outcome,
      String(log.added.length),
      log.problem?.message ??
        (log.gaps.length === 0 ? '' : `versions that nobody has any more: ${log.gaps.join(', ')}`),
    ]);
    return `${app.out.table(['log', 'version', 'snapshot', 'older ones added', ''], rows)}\nin ${result.repository}`;
  });
  return result.ok ? EXIT.done : EXIT.attention;
};
