import type { CommandSpec } from './spec.ts';

/** Servers that come and go, copies that are missing, and runs of what was applied. */
export const UPKEEP: readonly CommandSpec[] = [
  {
    path: 'fence',
    summary: 'bring servers that returned under the current generation',
    options: [
      ['--watch', 'go on until interrupted'],
      ['--every <SECONDS>', 'how often --watch looks (default: 5)'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    endsItself: true,
    load: () => import('../commands/fence.ts'),
  },
  {
    path: 'admit',
    args: '<SERVER>',
    summary: 'let a new or re-formatted store join the cluster',
    options: [
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('../commands/admit.ts'),
  },
  {
    path: 'retire',
    args: '<SERVER>',
    summary: 'take a server out of service for good, so that later verdicts stay provable',
    options: [
      ['--destroyed', 'state that every disk it ever had is destroyed'],
      ['--accept-loss <LOG>', 'go on without entries that no other server has', 'repeat'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('../commands/retire.ts'),
  },
  {
    path: 'repair',
    summary: 'make the copies of ended segments whole again, from the copies that are',
    options: [
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('../commands/repair.ts'),
  },
  {
    path: 'restore',
    args: '<LOG>',
    summary: 'read segments that no server gives from the repository from now on',
    options: [
      ['--accept-loss <LOG>', 'go on without entries that the repository does not hold either', 'repeat'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('../commands/restore.ts'),
  },
  {
    path: 'apply',
    args: '<FILE>',
    summary: 'carry out a plan that was kept with --plan-out',
    load: () => import('../commands/apply.ts'),
    foreign: () => import('../commands/foreign/apply.ts'),
  },
  {
    path: 'runs list',
    summary: 'what was applied to this cluster from this machine',
    load: () => import('../commands/runsList.ts'),
  },
  {
    path: 'runs show',
    args: '<ID>',
    summary: 'the steps of one run, and what became of each',
    options: [['--format <FORMAT>', 'text (default), or a whole report: md or html']],
    load: () => import('../commands/runsShow.ts'),
  },
  {
    path: 'runs resume',
    args: '<ID>',
    summary: 'go on with a run that was killed or stopped',
    load: () => import('../commands/runsResume.ts'),
    foreign: () => import('../commands/foreign/runsResume.ts'),
  },
];
