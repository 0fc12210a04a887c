import type { BackupResult, LogDataBackup } from '../../codec/results/backup.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { logId } from '../../core/ids.ts';
import { backupNow } from '../../operations/backup/backupNow.ts';
import { backupData } from '../../operations/backupData/backupData.ts';
import type { App, CommandModule, Output } from '../app.ts';
import { backupDeps, dataDeps } from '../backupDeps.ts';
import type { Connection } from '../connection.ts';
import { type Options, usageError } from '../options.ts';
import { follow } from './backupFollow.ts';

/** What makes no sense without `--follow`. */
const OF_FOLLOW = ['checkEvery', 'assessEvery', 'metricsPort', 'metricsHost', 'heartbeatUrl'] as const;

/** `backup`: a snapshot of every chain, now, and of the configuration; `--data`: of entries too. `--follow`: see `follow`. */
export const run: CommandModule['run'] = async (app, _, options) => {
  if (options.flag('follow')) return await follow(app, options);
  if (OF_FOLLOW.some((name) => options.text(name) !== undefined))
    throw usageError('Checks, metrics and heartbeats belong to --follow.');
  const connection = await app.connect({ create: true });
  const chains = await orInterrupted(app, backupChains(app, connection, options));
  // After the chains: whoever restores finds entries only by a chain that names their segment.
  const data = options.flag('data')
    ? await orInterrupted(
        app,
        backupData(
          dataDeps(connection),
          chains.logs.map((log) => logId(log.logId)),
        ),
      )
    : undefined;
  const ok = chains.ok && (data ?? []).every(({ outcome }) => outcome === 'done');
  const result = { ...chains, ok, ...(data && { data }) };
  app.out.result(result, () => `${chainText(app.out, result)}${data ? dataText(app.out, data) : ''}`);
  return ok ? EXIT.done : EXIT.attention;
};

async function backupChains(app: App, connection: Connection, options: Options): Promise<BackupResult> {
  const logs = options.texts('log').map(logId);
  const stage = app.reporter.stage('backing up the chains');
  const result = await backupNow(backupDeps(connection), {
    ...(logs.length === 0 ? {} : { logs }),
    config: await app.readText(connection.config.file),
  });
  stage.done(`${result.logs.length} logs`);
  return result;
}

function chainText(out: Output, result: BackupResult): string {
  const rows = result.logs.map((log) => [
    log.logId,
    String(log.version),
    log.outcome === 'there' ? 'was there' : log.outcome,
    String(log.added.length),
    log.problem?.message ??
      (log.gaps.length === 0 ? '' : `versions that nobody has any more: ${log.gaps.join(', ')}`),
  ]);
  return `${out.table(['log', 'version', 'snapshot', 'older ones added', ''], rows)}\nin ${result.repository}`;
}

function dataText(out: Output, data: readonly LogDataBackup[]): string {
  const rows = data.map((log) => [
    log.logId,
    log.upTo === null ? 'nothing' : `${log.from} to ${log.upTo}`,
    `${log.whole} of ${log.segments}`,
    `${log.sentObjects} (${log.sentBytes} bytes)`,
    log.missing.length === 0
      ? (log.problem?.message ?? '')
      : `missing: ${log.missing.map(({ from, to }) => `${from} to ${to}`).join(', ')}. ${log.problem?.message ?? ''}`,
  ]);
  return `\n${out.table(['log', 'entries', 'whole segments', 'objects sent', ''], rows)}`;
}

/** With --follow the command ends itself; a single backup stops where it is, and the next one goes on from there. */
function orInterrupted<T>({ signal }: App, work: Promise<T>): Promise<T> {
  const interrupted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, interrupted]);
}
