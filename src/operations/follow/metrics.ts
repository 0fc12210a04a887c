import { ALARM_KINDS } from '../../codec/results/follow.ts';
import type { FollowStatus } from './follow.ts';
import type { LogStatus } from './logStatus.ts';

/** One metric as Prometheus knows it. Names are permanent: dashboards and alert rules use them. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

type OfLog = readonly [
  name: string,
  type: Metric['type'],
  help: string,
  value: (log: LogStatus, now: number) => number | undefined,
];

const OF_LOG: readonly OfLog[] = [
  ['register_version', 'gauge', 'Version of the register.', (log) => log.registerVersion],
  ['snapshot_version', 'gauge', 'Version of the newest snapshot.', (log) => log.held?.version],
  [
    'versions_behind',
    'gauge',
    'Versions of the register that are not in the repository.',
    (log) => log.behind,
  ],
  [
    'behind_seconds',
    'gauge',
    'For how long versions have been missing; 0 when none is.',
    (log, now) => (log.behindSince === undefined ? 0 : seconds(now - log.behindSince)),
  ],
  [
    'snapshot_age_seconds',
    'gauge',
    'Age of the newest snapshot. Old is right where nothing was reconfigured.',
    (log, now) => log.held && seconds(now - log.held.takenAt),
  ],
  ['snapshots_total', 'counter', 'Snapshots written by this follower.', (log) => log.snapshots],
  ['bytes_total', 'counter', 'Bytes of them.', (log) => log.bytes],
  ['gaps_total', 'counter', 'Versions that nobody had any more.', (log) => log.gaps],
  [
    'reconstructed_total',
    'counter',
    'Versions made again from what the LogServers hold.',
    (log) => log.reconstructed,
  ],
  ['failures_total', 'counter', 'Tries that failed.', (log) => log.failures],
  [
    'losses_until_unsealable',
    'gauge',
    'Servers that may still be lost before the last loglet cannot be sealed; +Inf where none can do that.',
    (log) => (log.margin === null ? Number.POSITIVE_INFINITY : log.margin),
  ],
  [
    'rebuild_proven',
    'gauge',
    'Whether a rebuild would be proven if the MetaStore were lost now.',
    (log) => (log.verdict === undefined ? undefined : Number(log.verdict === 'proven')),
  ],
];

/** Everything that can be scraped. Pure. */
export function metricsOf(status: FollowStatus, now: number): Metric[] {
  return [
    one(
      'backed_up',
      'Whether every log is backed up as far as is known; the heartbeat follows it.',
      Number(status.isBackedUp),
    ),
    one('metastore_health', '2: ok, 1: degraded, 0: lost or silent.', healthOf(status)),
    {
      name: 'vlog_dr_alarms',
      help: 'Alarms that stand, by kind.',
      type: 'gauge',
      samples: ALARM_KINDS.filter((kind) => kind !== 'gap').map((kind) => ({
        labels: { kind },
        value: status.alarms.filter((alarm) => alarm.kind === kind).length,
      })),
    },
    ...OF_LOG.map(([name, type, help, value]) => ({
      name: `vlog_dr_${name}`,
      help,
      type,
      samples: status.logs.flatMap((log) => {
        const found = value(log, now);
        return found === undefined ? [] : [{ labels: { log: String(log.logId) }, value: found }];
      }),
    })),
  ];
}

function one(name: string, help: string, value: number): Metric {
  return { name: `vlog_dr_${name}`, help, type: 'gauge', samples: [{ labels: {}, value }] };
}

function healthOf({ metaStore }: FollowStatus): number {
  if (metaStore === 'ok') return 2;
  return metaStore === 'degraded' ? 1 : 0;
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
