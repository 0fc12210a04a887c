import { DrError } from '../../core/errors.ts';
import type { Commands } from '../../playbook/rules.ts';
import { COMMANDS } from '../commandTable.ts';
import { parseCommandLine } from '../program.ts';
import type { CommandSpec } from '../table/spec.ts';

/** What only a person may begin, what never ends, and what is not about this cluster. */
const NOT_IN_PLAYBOOKS =
  /^(sandbox|drill|serve|playbook|guide|schema|completion|apply|init|log create|log append|runs)\b/;
/** Flags that the engine gives itself, after asking, or that keep a command from ending. */
const NOT_GIVEN = [
  '--yes',
  '--json',
  '--plan-out',
  '--watch',
  '--follow',
  '--config',
  '--cluster',
  '--state-dir',
];

/** The command of a command line: the longest path that it begins with. */
export function specOf(command: readonly string[]): CommandSpec | undefined {
  const [first = '', second = ''] = command;
  return (
    COMMANDS.find(({ path }) => path === `${first} ${second}`) ?? COMMANDS.find(({ path }) => path === first)
  );
}

export function plans(command: readonly string[]): boolean {
  return takes(command, '--plan-out');
}

function takes(command: readonly string[], flag: string): boolean {
  return specOf(command)?.options?.some(([flags]) => flags.split(' ')[0] === flag) ?? false;
}

/** Asks commander itself, so that a playbook takes exactly what the command line takes. */
export const playbookCommands: Commands = { problemOf, plans, takes };

function problemOf(command: readonly string[]): string | undefined {
  const spec = specOf(command);
  if (spec === undefined) return 'a command of vlog-dr';
  if (NOT_IN_PLAYBOOKS.test(spec.path)) return 'a command that a playbook may run';
  const given = NOT_GIVEN.filter((flag) => command.includes(flag));
  if (given.length > 0) return `a command without ${given.join(' ')}`;
  if (plans(command) && command.includes('--apply'))
    return 'a command without --apply: plans are applied after asking';
  try {
    const { invocation } = parseCommandLine(command, { version: '', columns: 80 });
    return invocation === undefined ? 'a command to run' : undefined;
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    return `a command line that is understood (${error.message.replace(/ Nothing was done\.$/, '')})`;
  }
}
