import type { SetBackupResult, SetFollowEvent } from '../../../codec/results/setBackup.ts';
import { EXIT, type ExitCode } from '../../../core/errorCatalogue.ts';
import { DrError } from '../../../core/errors.ts';
import { type BackupDeps, backupSet } from '../../../operations/foreign/backup/backupSet.ts';
import { SetFollower } from '../../../operations/foreign/backup/followSets.ts';
import { setMetrics } from '../../../operations/foreign/backup/metrics.ts';
import type { App, CommandModule } from '../../app.ts';
import type { ForeignConnection } from '../../connection.ts';
import { heartbeatOf } from '../../heartbeat.ts';
import { type Options, usageError } from '../../options.ts';

const DEFAULT_CHECK_S = 1;

/** `backup`, for a Restate cluster: all registers together, now; `--follow` at every change of any of them. */
export const run: CommandModule['run'] = async (app, _, options) => {
  if (options.texts('log').length > 0)
    throw usageError('Restate keeps the chains of all logs in one register: leave --log out.');
  const connection = await app.connectForeign({ create: true });
  const deps = backupDepsOf(connection);
  if (options.flag('follow')) return await follow(app, connection, deps, options);
  const stage = app.reporter.stage('backing up the registers');
  const result = await backupSet(deps);
  stage.done(`${Object.keys(result.registers).length} registers`);
  app.out.result(result, () => setText(app, result));
  return result.ok ? EXIT.done : EXIT.attention;
};

export function backupDepsOf({ cluster, backups, config }: ForeignConnection): BackupDeps {
  if (backups !== undefined) return { cluster, backups, expected: config.cluster };
  throw new DrError('E_CONFIG', {
    message: `${config.file} names no repository. Nothing was read or written.`,
    hint: 'Add `repository: {url: s3://bucket/prefix}` (or file:///dir), or give `--repository`.',
  });
}

function setText(app: App, { registers, repository, id, outcome, because }: SetBackupResult): string {
  const rows = Object.entries(registers).map(([key, version]) => [key, String(version)]);
  const from =
    because === undefined
      ? ''
      : `\nFROM WHAT NODES REMEMBER, because ${because}. What no node keeps is missing.`;
  return `${app.out.table(['register', 'version'], rows)}\n${id} ${outcome === 'there' ? 'was there' : 'is written'}, in ${repository}${from}`;
}

async function follow(
  app: App,
  { config, clock }: ForeignConnection,
  deps: BackupDeps,
  options: Options,
): Promise<ExitCode> {
  const tell = (event: SetFollowEvent) => app.out.line(event, lineOf(event));
  const everyMs = (options.count('checkEvery', 1) ?? DEFAULT_CHECK_S) * 1_000;
  const follower = new SetFollower({ ...deps, clock, everyMs, tell });
  await serveMetrics(app, options, follower);
  tell({ event: 'started', repository: deps.backups.repository.url, cluster: config.cluster.name });
  await follower.run(app.signal, heartbeatOf(app, options.text('heartbeatUrl')));
  const { sets, failures, alarms } = follower.status();
  tell({ event: 'ended', ok: alarms.length === 0, sets, failures, alarms: [...alarms] });
  return alarms.length === 0 ? EXIT.done : EXIT.attention;
}

async function serveMetrics(app: App, options: Options, follower: SetFollower): Promise<void> {
  const port = options.count('metricsPort');
  if (port === undefined) return;
  const server = await app.serveMetrics({
    host: options.text('metricsHost') ?? '127.0.0.1',
    port,
    metrics: () => setMetrics(follower.status(), app.clock.now()),
    isHealthy: () => follower.status().alarms.length === 0,
  });
  app.defer(() => server.stop());
  app.reporter.note(`Metrics at ${server.url}.`);
}

function lineOf(event: SetFollowEvent): string {
  switch (event.event) {
    case 'started':
      return `following ${event.cluster} into ${event.repository}`;
    case 'set':
      return `${event.id}: ${Object.entries(event.registers)
        .map(([key, version]) => `${key}@${version}`)
        .join(' ')}${event.source === 'caches' ? ', from what nodes remember' : ''}`;
    case 'alarm':
      return `ALARM ${event.kind}: ${event.message}`;
    case 'cleared':
      return `over: ${event.kind}`;
    case 'ended':
      return `ended: ${event.sets} sets, ${event.failures} failed tries${event.ok ? '' : '; attention is needed'}`;
  }
}
