import type { CommandSpec } from './spec.ts';

/** What goes into the repository, and what is in it. */
export const BACKUPS: readonly CommandSpec[] = [
  {
    path: 'backup',
    summary: 'write a snapshot of every chain to the repository, now; with --follow at every change',
    options: [
      ['--log <LOG>', 'only this log; may be repeated', 'repeat'],
      ['--data', 'the entries of the logs too, as far as they are known to be committed'],
      ['--follow', 'every version of every log, until told to stop; one line (or JSON document) each'],
      ['--check-every <SECONDS>', 'how often registers are held against the repository (default: 5)'],
      ['--assess-every <SECONDS>', 'how often margins and verdicts are measured (default: 60; 0: never)'],
      ['--metrics-port <PORT>', 'serve /metrics for Prometheus, and /health'],
      ['--metrics-host <HOST>', 'address for it (default: 127.0.0.1)'],
      ['--heartbeat-url <URL>', 'asked after every check that finds all logs backed up'],
      ['--no-verify-after-upload', 'do not read every snapshot back'],
    ],
    endsItself: true,
    load: () => import('../commands/backup.ts'),
    foreign: () => import('../commands/foreign/backup.ts'),
  },
  {
    path: 'backups list',
    summary: 'the snapshots that the repository holds of this cluster',
    options: [['--log <LOG>', 'only of this log; may be repeated', 'repeat']],
    load: () => import('../commands/backupsList.ts'),
    foreign: () => import('../commands/foreign/backupsList.ts'),
  },
  {
    path: 'backups show',
    args: '<ID>',
    summary: 'one snapshot, its digest checked',
    load: () => import('../commands/backupsShow.ts'),
  },
  {
    path: 'backups diff',
    args: '<FROM> <TO>',
    summary: 'what changed in the chain between two snapshots',
    load: () => import('../commands/backupsDiff.ts'),
  },
  {
    path: 'backups verify',
    summary: 'check digests, links and holes of all snapshots, and the newest against the MetaStore',
    options: [
      ['--data', 'read the entries of logs too, and check every digest'],
      ['--log <LOG>', 'only of this log; may be repeated', 'repeat'],
    ],
    load: () => import('../commands/backupsVerify.ts'),
  },
  {
    path: 'backups test-restore',
    args: '[ID...]',
    summary: 'restore the newest snapshots into a throw-away MetaStore, and hold them against what lives',
    load: () => import('../commands/backupsTestRestore.ts'),
  },
  {
    path: 'backups prune',
    summary: 'delete old snapshots, never the newest of a log; without --confirm only say which',
    options: [
      ['--keep <N>', 'keep so many of each log (default: 100)'],
      ['--older-than <DAYS>', 'delete only what is older'],
      ['--data', 'entries too: what lies below the trim point of every chain that is kept, or is held twice'],
      ['--confirm', 'delete'],
    ],
    load: () => import('../commands/backupsPrune.ts'),
  },
];
