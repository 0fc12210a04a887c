import { Command, CommanderError, Option, type OutputConfiguration } from 'commander';
import { EXIT, type ExitCode } from '../core/errorCatalogue.ts';
import { DrError } from '../core/errors.ts';
import type { App } from './app.ts';
import { COMMANDS, GROUPS } from './commandTable.ts';
import { Options } from './options.ts';
import type { CommandSpec } from './table/spec.ts';

/** Flags of every command, before or after its name. */
export const GLOBAL_OPTIONS: readonly (readonly [flags: string, text: string])[] = [
  ['--config <FILE>', 'configuration (default: ./vlog-dr.yaml)'],
  ['--cluster <NAME>', 'which cluster, where the file describes several'],
  ['--state-dir <DIR>', 'journals, plans and locks of this machine'],
  ['--chain-cache <DIR>', 'chains that this client read last: appends go on while the MetaStore is down'],
  ['--repository <URL>', 's3://bucket/prefix or file:///dir'],
  ['--metastore <URL>', 'another MetaStore than the configured one'],
  ['--request-timeout <MS>', 'how long one server may take to answer'],
  ['--token-file <FILE>', 'bearer token for the servers'],
  ['--json', 'one JSON document on stdout'],
  ['--yes', 'answer the ordinary question with yes; never accepts loss'],
  ['--no-input', 'never ask; fail and name the flag that would have answered'],
  ['--verbose', 'causes and stacks of errors'],
];

export interface Invocation {
  readonly spec: CommandSpec;
  readonly args: readonly string[];
  readonly options: Options;
  /** Everything, the global flags included, as commander read it. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Texts that commander itself prints (help, version), and the command to run, if one was asked for. */
export interface ParsedCommandLine {
  readonly printed: string;
  readonly invocation?: Invocation;
}

/** Throws `E_USAGE` for a command line that makes no sense. Runs nothing. */
export function parseCommandLine(
  argv: readonly string[],
  about: { readonly version: string; readonly columns: number },
): ParsedCommandLine {
  // No shell passes one on, and no path may hold one.
  if (argv.some((word) => word.includes('\0')))
    throw new DrError('E_USAGE', {
      message: 'A word of the command line holds a NUL character. Nothing was done.',
    });
  let printed = '';
  let complaint = '';
  let invocation: Invocation | undefined;
  const output = {
    writeOut: (text: string) => {
      printed += text;
    },
    writeErr: (text: string) => {
      complaint += text;
    },
    getOutHelpWidth: () => about.columns,
    getErrHelpWidth: () => about.columns,
  };
  const program = buildProgram(about.version, output, (found) => {
    invocation = found;
  });
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageFrom(error, complaint);
  }
  return invocation === undefined ? { printed } : { printed, invocation };
}

export async function runInvocation(app: App, { spec, args, options }: Invocation): Promise<ExitCode> {
  const isForeign = spec.foreign !== undefined && (await app.isForeign());
  const module = await (isForeign ? spec.foreign : spec.load)();
  return await module.run(app, args, options);
}

function buildProgram(
  version: string,
  output: OutputConfiguration,
  found: (invocation: Invocation) => void,
): Command {
  const program = new Command('vlog-dr')
    .description('disaster recovery for logs built on Virtual Consensus')
    .version(version, '--version', 'print the version')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput(output)
    .addHelpText('after', `\nExit codes: ${exitCodesText()}`);
  for (const [flags, text] of GLOBAL_OPTIONS) program.option(flags, text);
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) declare(parentOf(program, groups, spec), spec, found);
  return program;
}

function parentOf(program: Command, groups: Map<string, Command>, spec: CommandSpec): Command {
  const [group, verb] = spec.path.split(' ');
  if (group === undefined || verb === undefined) return program;
  const known = groups.get(group);
  if (known !== undefined) return known;
  const created = program.command(group).description(GROUPS[group] ?? '');
  groups.set(group, created);
  return created;
}

function declare(parent: Command, spec: CommandSpec, found: (invocation: Invocation) => void): void {
  const name = spec.path.split(' ').at(-1) ?? spec.path;
  const command = parent.command(spec.args === undefined ? name : `${name} ${spec.args}`);
  command.description(spec.summary);
  for (const [flags, text, repeat] of spec.options ?? []) {
    const option = new Option(flags, text);
    if (repeat === 'repeat')
      option.argParser((value: string, all: string[] | undefined) => [...(all ?? []), value]);
    command.addOption(option);
  }
  command.action(() => {
    const values = command.optsWithGlobals<Record<string, unknown>>();
    const args = command.processedArgs.flat().filter((arg): arg is string => typeof arg === 'string');
    found({ spec, args, options: new Options(values), values });
  });
}

function usageFrom(error: CommanderError, complaint: string): DrError {
  const said = complaint
    .split('\n')
    .map((line) => line.replace(/^error: /, '').trim())
    .filter((line) => line !== '')
    .join(' ');
  // A group without a verb prints its help as a complaint: the help is the better message.
  const message =
    error.code === 'commander.help'
      ? complaint.trimEnd()
      : `${(said || error.message).replace(/[.]?$/, '.')} Nothing was done.`;
  return new DrError('E_USAGE', { message });
}

function exitCodesText(): string {
  return [
    `${EXIT.done} done`,
    `${EXIT.unexpected} unexpected failure`,
    `${EXIT.usage} usage or configuration`,
    `${EXIT.attention} done, attention needed`,
    `${EXIT.refused} refused for safety`,
    `${EXIT.unreachable} not enough reachable`,
    `${EXIT.locked} locked by another run`,
    `${EXIT.interrupted} interrupted`,
  ].join(' · ');
}
