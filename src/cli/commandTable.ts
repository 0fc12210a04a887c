import { BACKUPS } from './table/backups.ts';
import { CLUSTER } from './table/cluster.ts';
import { DRILLS } from './table/drills.ts';
import { LOGS } from './table/logs.ts';
import { PLAYBOOKS } from './table/playbooks.ts';
import { RECOVERY } from './table/recovery.ts';
import { SANDBOX } from './table/sandbox.ts';
import type { CommandSpec } from './table/spec.ts';
import { UPKEEP } from './table/upkeep.ts';

/** Titles of the commands that only group others. */
export const GROUPS: Readonly<Record<string, string>> = {
  log: 'the log itself, for checks and scripts',
  runs: 'journals of what was applied from this machine',
  sandbox: 'a local cluster of real processes to try things on',
  playbook: 'guided recoveries: one for each kind of disaster',
  drill: 'game day: a real cluster, a disaster, the recovery, the checks',
  serve: 'the native servers',
  backups: 'what the repository holds',
};

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly CommandSpec[] = [
  ...CLUSTER,
  ...BACKUPS,
  ...LOGS,
  ...RECOVERY,
  ...UPKEEP,
  ...SANDBOX,
  ...PLAYBOOKS,
  ...DRILLS,
  {
    path: 'schema',
    args: '[NAME...]',
    summary: 'print the JSON Schema of a `--json` result; without a name, list them',
    load: () => import('./commands/schema.ts'),
  },
  {
    path: 'completion',
    args: '<SHELL>',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
