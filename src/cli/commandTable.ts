import type { CommandModule } from './app.ts';

/** One command: what `--help` needs to know, and where the rest is. Nothing here loads what a command uses. */
export interface CommandSpec {
  /** As typed: `backups list`. */
  readonly path: string;
  /** As commander writes them: `<LOG>`, `[ID]`, `<ID...>`. */
  readonly args?: string;
  readonly summary: string;
  /** flags, description, and `repeat` for an option that may be given several times. */
  readonly options?: readonly (readonly [flags: string, text: string, repeat?: 'repeat'])[];
  /** It ends by itself when interrupted, in its own order: main only tells it. */
  readonly endsItself?: true;
  readonly load: () => Promise<CommandModule>;
}

/** Titles of the commands that only group others. */
export const GROUPS: Readonly<Record<string, string>> = {
  log: 'the log itself, for checks and scripts',
  runs: 'journals of what was applied from this machine',
  sandbox: 'a local cluster of real processes to try things on',
  drill: 'game day: a real cluster, a disaster, the recovery, the checks',
  serve: 'the native servers',
  backups: 'what the repository holds',
};

export const COMMANDS: readonly CommandSpec[] = [
  {
    path: 'runs list',
    summary: 'what was applied to this cluster from this machine',
    load: () => import('./commands/runsList.ts'),
  },
  {
    path: 'runs show',
    args: '<ID>',
    summary: 'the steps of one run, and what became of each',
    load: () => import('./commands/runsShow.ts'),
  },
  {
    path: 'schema',
    args: '[NAME]',
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
