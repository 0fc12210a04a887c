import type { Metric } from '../../follow/metrics.ts';
import type { SetFollowStatus } from './followSets.ts';

/** Names are permanent: dashboards and alert rules use them. */
export function setMetrics(status: SetFollowStatus, now: number): readonly Metric[] {
  const one = (value: number) => [{ labels: {}, value }];
  return [
    {
      name: 'vlog_dr_set_backed_up',
      help: 'Whether the newest values of all registers are in the repository.',
      type: 'gauge',
      samples: one(status.alarms.length === 0 && status.lastAt !== undefined ? 1 : 0),
    },
    {
      name: 'vlog_dr_set_backups_total',
      help: 'Sets of registers written by this process.',
      type: 'counter',
      samples: one(status.sets),
    },
    {
      name: 'vlog_dr_set_failures_total',
      help: 'Looks or writes that failed and are tried again.',
      type: 'counter',
      samples: one(status.failures),
    },
    {
      name: 'vlog_dr_set_checked_seconds',
      help: 'Since the registers were last found, or put, in the repository.',
      type: 'gauge',
      samples: status.lastAt === undefined ? [] : one((now - status.lastAt) / 1_000),
    },
    {
      name: 'vlog_dr_set_register_version',
      help: 'Version of each register in the newest set.',
      type: 'gauge',
      samples: [...status.versions].map(([register, value]) => ({ labels: { register }, value })),
    },
  ];
}
