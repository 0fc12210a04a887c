import type { FollowEvent } from '../../codec/results/follow.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { describeGeneration } from '../../core/generation.ts';
import { FOLLOW_DEFAULTS, type FollowDeps } from '../../operations/follow/deps.ts';
import { Follower } from '../../operations/follow/follow.ts';
import { metricsOf } from '../../operations/follow/metrics.ts';
import { prepare } from '../../operations/follow/start.ts';
import type { App } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';
import { heartbeatOf } from '../heartbeat.ts';
import { type Options, usageError } from '../options.ts';

/**
 * `backup --follow`: every version of every log, until it is told to stop; then it ends after the snapshot in hand.
 * Exit 0: everything is backed up; 3: something is not.
 */
export async function follow(app: App, options: Options): Promise<ExitCode> {
  if (options.texts('log').length > 0) throw usageError('--follow follows every log; leave --log out.');
  const connection = await app.connect({ create: true });
  const { snapshots } = backupDeps(connection);
  const tell = (event: FollowEvent) => app.out.line(event, lineOf(event));
  const deps: FollowDeps = { cluster: connection.cluster, snapshots, options: optionsOf(options), tell };
  const config = await app.readText(connection.config.file);
  const prepared = await prepare(deps, { config, signal: app.signal });
  if (prepared === undefined) return EXIT.interrupted;
  const follower = new Follower(deps, prepared.guarantees);
  const metrics = await serveMetrics(app, options, follower);
  const { problems, ...guarantees } = prepared.guarantees;
  const { repositoryId } = prepared;
  const repository = snapshots.repository.url;
  tell({ event: 'started', repository, repositoryId, guarantees, problems, metrics });
  await follower.run(app.signal, heartbeat(app, options.text('heartbeatUrl'), follower));
  return lastWord(follower, tell);
}

function optionsOf(options: Options): FollowDeps['options'] {
  const [check, assess] = [options.count('checkEvery', 1), options.count('assessEvery')];
  return {
    ...FOLLOW_DEFAULTS,
    ...(check === undefined ? {} : { checkMs: check * 1_000 }),
    ...(assess === undefined ? {} : { assessMs: assess * 1_000 }),
    verifyAfterUpload: options.flag('verifyAfterUpload'),
  };
}

async function serveMetrics(app: App, options: Options, follower: Follower): Promise<string | null> {
  const port = options.count('metricsPort');
  if (port === undefined) return null;
  const server = await app.serveMetrics({
    host: options.text('metricsHost') ?? '127.0.0.1',
    port,
    metrics: () => metricsOf(follower.status(), app.clock.now()),
    isHealthy: () => follower.status().isBackedUp,
  });
  app.defer(() => server.stop());
  return server.url;
}

/** Silence is the alarm: nothing is sent unless everything is backed up. */
function heartbeat(app: App, url: string | undefined, follower: Follower): () => Promise<void> {
  const beat = heartbeatOf(app, url);
  return async () => {
    if (follower.status().isBackedUp) await beat();
  };
}

function lastWord(follower: Follower, tell: FollowDeps['tell']): ExitCode {
  const { logs, alarms } = follower.status();
  const sum = (count: (log: (typeof logs)[number]) => number) =>
    logs.reduce((all, log) => all + count(log), 0);
  const gaps = sum((log) => log.gaps);
  const ok = alarms.length === 0 && gaps === 0 && sum((log) => log.behind) === 0;
  tell({
    event: 'ended',
    ok,
    logs: logs.length,
    snapshots: sum((log) => log.snapshots),
    gaps,
    failures: sum((log) => log.failures),
    alarms,
  });
  return ok ? EXIT.done : EXIT.attention;
}

function lineOf(event: FollowEvent): string {
  switch (event.event) {
    case 'started': {
      const metrics = event.metrics === null ? '' : `, metrics at ${event.metrics}`;
      return [
        `following into ${event.repository}${metrics}`,
        ...event.problems.map((one) => `NOT GUARANTEED: ${one}`),
      ].join('\n');
    }
    case 'following':
      return `log ${event.logId}: ${event.from === null ? 'from its first version' : `after version ${event.from}`}`;
    case 'snapshot': {
      const more = [
        event.added.length > 0 ? `with ${event.added.join(', ')}` : '',
        event.gaps.length > 0 ? `without ${event.gaps.join(', ')}` : '',
      ].filter((text) => text !== '');
      const was = event.outcome === 'there' ? 'was there' : 'written';
      return `log ${event.logId}: version ${event.version} of generation ${describeGeneration(event.generation)} ${[was, ...more].join(', ')}`;
    }
    case 'alarm':
      return `ALARM ${event.kind}: ${event.message}`;
    case 'cleared':
      return `over: ${event.kind}${event.logId === null ? '' : ` of log ${event.logId}`}`;
    case 'ended':
      return `ended: ${event.snapshots} snapshots of ${event.logs} logs, ${event.gaps} gaps, ${event.failures} failed tries${event.ok ? '' : '; attention is needed'}`;
  }
}
