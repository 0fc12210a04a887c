import type { CommandSpec } from './spec.ts';

/** Game days. */
export const DRILLS: readonly CommandSpec[] = [
  {
    path: 'drill list',
    summary: 'the disasters that can be tried',
    load: () => import('../commands/drillList.ts'),
  },
  {
    path: 'drill run',
    args: '<SCENARIO>',
    summary: 'a real cluster, a disaster, the recovery, the checks; prints RTO, RPO and verdict',
    options: [
      ['--repeat <N>', 'so many times, with consecutive seeds'],
      ['--report <DIR>', 'keep a record of each run there: result, report, and a manifest of digests'],
      ['--seed <N>', 'what varies is varied the same way again'],
      ['--metastore <KIND>', 'file (default; builtin for Restate) or etcd: three real members'],
      ['--repo <URL>', 'with a backup repository, in the path of every reconfiguration'],
      ['--keep', 'keep the directory of the cluster'],
    ],
    endsItself: true,
    load: () => import('../commands/drillRun.ts'),
  },
  {
    path: 'drill trend',
    args: '<DIR>',
    summary: 'recovery times and losses of all drills that were recorded there',
    options: [['--html <FILE>', 'write it as a page, too, into a new file']],
    load: () => import('../commands/drillTrend.ts'),
  },
  {
    path: 'drill verify-records',
    args: '<DIR>',
    summary: 'whether the records of drills are what was written, and none is missing',
    load: () => import('../commands/drillVerifyRecords.ts'),
  },
  {
    path: 'drill shadow',
    summary: 'what a rebuild of this cluster would make now, beside it and without touching it',
    load: () => import('../commands/drillShadow.ts'),
  },
];
