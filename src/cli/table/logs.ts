import type { CommandSpec } from './spec.ts';

/** Logs as they are, and their entries. */
export const LOGS: readonly CommandSpec[] = [
  {
    path: 'verify',
    summary: 'read everything back: copies against each other, chain against loglets, backups against chain',
    options: [
      ['--probe', 'Restate: also make a new segment of every log, the only proof that one can be made'],
      ['--apply', 'where nothing is lost, allow trim and collection again after a recovery'],
      ['--acked <FILE>', 'only what `sandbox load` recorded as acknowledged, by digest'],
    ],
    load: () => import('../commands/verify.ts'),
    foreign: () => import('../commands/foreign/verify.ts'),
  },
  {
    path: 'place',
    summary: 'which losses of regions, zones and servers are survived, by loglets and by the MetaStore',
    options: [
      [
        '--lose <KIND=NAME>',
        'what if: region=, zone=, rack= or server=NAME[,NAME…]; several are lost at once',
        'repeat',
      ],
      ['--grow-to <N>', 'what if: a MetaStore of so many members, spread over the zones there are'],
    ],
    load: () => import('../commands/place.ts'),
  },
  {
    path: 'log create',
    args: '<LOG>',
    summary: 'make a new log',
    load: () => import('../commands/logCreate.ts'),
  },
  {
    path: 'log append',
    args: '<LOG>',
    summary: 'append the lines of stdin, one entry each',
    load: () => import('../commands/logAppend.ts'),
  },
  {
    path: 'log read',
    args: '<LOG>',
    summary: 'print entries, one per line',
    options: [
      ['--from <POSITION>', 'first position (default: where the log starts)'],
      ['--to <POSITION>', 'first position not to read (default: as far as entries are determined)'],
      ['--limit <N>', 'at most so many entries (with --json 10000 unless told)'],
      ['--positions', 'print each position and a tab before its entry'],
    ],
    load: () => import('../commands/logRead.ts'),
  },
  {
    path: 'log tail',
    args: '<LOG>',
    summary: 'print the position that the next entry will get',
    load: () => import('../commands/logTail.ts'),
  },
  {
    path: 'log trim',
    args: '<LOG>',
    summary: 'give up everything below a position, for good; without --apply only say what',
    options: [
      ['--to <POSITION>', 'the first position to keep'],
      ['--apply', 'do it'],
    ],
    load: () => import('../commands/logTrim.ts'),
  },
];
