import { EXIT } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { backupNow } from '../../operations/backup/backupNow.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';
import { usageError } from '../options.ts';
import { follow } from './backupFollow.ts';

/** What makes no sense without `--follow`. */
const OF_FOLLOW = ['checkEvery', 'assessEvery', 'metricsPort', 'metricsHost', 'heartbeatUrl'] as const;

/** `backup`: a snapshot of every chain, now, and of the configuration. `--follow`: see `follow`. */
export const run: CommandModule['run'] = async (app, _, options) => {
  if (options.flag('follow')) return await follow(app, options);
  if (OF_FOLLOW.some((name) => options.text(name) !== undefined))
    throw usageError('Checks, metrics and heartbeats belong to --follow.');
  const connection = await app.connect({ create: true });
  const logs = options.texts('log').map(logId);
  const stage = app.reporter.stage('backing up the chains');
  const backingUp = backupNow(backupDeps(connection), {
    ...(logs.length === 0 ? {} : { logs }),
    config: await app.readText(connection.config.file),
  });
  const result = await Promise.race([backingUp, interrupted(app.signal)]);
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

/** With --follow the command ends itself; a single backup stops where it is, and the next one goes on from there. */
function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
