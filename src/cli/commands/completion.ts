import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { COMMANDS } from '../commandTable.ts';
import { usageError } from '../options.ts';
import { GLOBAL_OPTIONS } from '../program.ts';

interface Completions {
  /** Words that may follow `vlog-dr`, and those that may follow a group. */
  readonly first: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** Long flags of each command, the global ones included. */
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

const SHELLS: Readonly<Record<string, (completions: Completions) => string>> = { bash, zsh, fish };

/** `completion bash|zsh|fish` */
export const run: CommandModule['run'] = async (app, [shell = '']) => {
  const script = SHELLS[shell];
  if (script === undefined)
    throw usageError(`There is no completion for ${shell}; there is bash, zsh and fish.`);
  await app.out.bytes(script(completions()));
  return EXIT.done;
};

function completions(): Completions {
  const groups: Record<string, string[]> = {};
  const flags: Record<string, string[]> = {};
  const globals = GLOBAL_OPTIONS.map(([text]) => longFlag(text));
  for (const { path, options } of COMMANDS) {
    const [group = '', verb] = path.split(' ');
    if (verb === undefined) groups[group] ??= [];
    else groups[group] = [...(groups[group] ?? []), verb];
    flags[path] = [...(options ?? []).map(([text]) => longFlag(text)), ...globals];
  }
  return { first: Object.keys(groups), groups, flags };
}

function longFlag(text: string): string {
  return /--[a-z-]+/.exec(text)?.[0] ?? text;
}

function bash({ first, groups, flags }: Completions): string {
  const groupCases = Object.entries(groups)
    .filter(([, verbs]) => verbs.length > 0)
    .map(([group, verbs]) => `    ${group}) words="${verbs.join(' ')}" ;;`);
  const flagCases = Object.entries(flags).map(
    ([path, all]) => `      "${path}") words="${all.join(' ')}" ;;`,
  );
  return `# bash completion for vlog-dr: eval "$(vlog-dr completion bash)"
_vlog_dr() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  if [[ $current == -* ]]; then
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${flagCases.map((line) => line.replace(/"([^"]+)"\)/, (_, path: string) => (path.includes(' ') ? `"${path}")` : `"${path} "*)`))).join('\n')}
    esac
  elif (( COMP_CWORD == 1 )); then
    words="${first.join(' ')}"
  elif (( COMP_CWORD == 2 )); then
    case "\${COMP_WORDS[1]}" in
${groupCases.join('\n')}
    esac
  fi
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vlog_dr vlog-dr
`;
}

function zsh(all: Completions): string {
  return `#compdef vlog-dr
# zsh completion for vlog-dr: eval "$(vlog-dr completion zsh)"
autoload -U +X bashcompinit && bashcompinit
${bash(all)}`;
}

function fish({ groups, flags }: Completions): string {
  const lines = ['# fish completion for vlog-dr: vlog-dr completion fish | source', 'complete -c vlog-dr -f'];
  for (const [group, verbs] of Object.entries(groups)) {
    lines.push(`complete -c vlog-dr -n __fish_use_subcommand -a ${group}`);
    for (const verb of verbs) {
      lines.push(`complete -c vlog-dr -n "__fish_seen_subcommand_from ${group}" -a ${verb}`);
    }
  }
  for (const [path, all] of Object.entries(flags)) {
    const seen = path
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const flag of all) lines.push(`complete -c vlog-dr -n "${seen}" -l ${flag.slice(2)}`);
  }
  return `${lines.join('\n')}\n`;
}
