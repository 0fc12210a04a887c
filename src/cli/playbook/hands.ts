import { decodePlanFile } from '../../codec/plans/planFile.ts';
import type { ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { assess } from '../../operations/assess/assess.ts';
import { assessForeign } from '../../operations/foreign/assess/assess.ts';
import type { Hands, Outcome, Planned } from '../../playbook/hands.ts';
import { foreignSight, type Sight } from '../../playbook/sight.ts';
import type { App } from '../app.ts';
import { foreignParts } from '../foreign.ts';
import type { Options } from '../options.ts';
import { underReview } from '../plans/planFlow.ts';
import { type Invocation, parseCommandLine, runInvocation } from '../program.ts';
import { plans } from './commands.ts';

/** Flags by which a cluster is chosen: given on to every command that a playbook runs. */
const CHOOSING = {
  config: '--config',
  cluster: '--cluster',
  stateDir: '--state-dir',
  chainCache: '--chain-cache',
  repository: '--repository',
  metastore: '--metastore',
  requestTimeout: '--request-timeout',
  tokenFile: '--token-file',
} as const;

export interface CliHands extends Hands {
  /** Another command in the place of this one: its result is the result. */
  pass(command: readonly string[]): Promise<ExitCode>;
}

const PAUSE_MS = 2_000;

/** The commands of the tool as the engine of playbooks uses them: through the same parser, plan flow and consents. */
export function createHands(app: App, options: Options): CliHands {
  const chosen = Object.entries(CHOOSING).flatMap(([name, flag]) => {
    const value = options.text(name);
    return value === undefined ? [] : [flag, value];
  });
  const invocationOf = (command: readonly string[]): Invocation => {
    const { invocation } = parseCommandLine([...command, ...chosen], { version: app.version, columns: 80 });
    if (invocation === undefined) throw new Error(`${command.join(' ')} is not a command to run`);
    return invocation;
  };
  const runCommand: RunCommand = async (command, difference = {}) => {
    const invocation = invocationOf(command);
    let ran: Omit<Ran, 'exit'> = { document: {}, text: '' };
    const out: App['out'] = {
      ...app.out,
      result: (document, text) => {
        ran = { document, text: underReview(text().trimEnd()) };
      },
    };
    const flags = { ...app.flags, json: false, yes: false };
    const { reporter, prompter } = app;
    const inner = await app.within(invocation.values, {
      out,
      flags,
      reporter,
      prompter,
      isLed: true,
      ...difference,
    });
    try {
      const exit = await runInvocation(inner.app, invocation);
      return { ...ran, exit };
    } finally {
      await inner.cleanUp();
    }
  };
  return {
    prompter: app.prompter,
    say: (text) => app.reporter.text(text),
    look: () => look(app, invocationOf(['assess'])),
    fileExists: app.exists,
    pause: () => app.clock.sleep(PAUSE_MS, app.signal),
    plans,
    commandLine: (command) => ['vlog-dr', ...command, ...chosen].map(quoted).join(' '),
    run: async (command) => outcomeOf(await runCommand(command)),
    plan: (command) => planWith(app, runCommand, command),
    kept: (file) => keptPlan(app, file),
    apply: async (file, confirm) => {
      const prompter = { ...app.prompter, interactive: true, typed: confirm };
      return outcomeOf(await runCommand(['apply', file], { prompter }));
    },
    runOf: (planId) => runOf(app, planId),
    pass: async (command) => {
      const { invocation } = parseCommandLine(command, { version: app.version, columns: 80 });
      if (invocation === undefined) throw new Error(`${command.join(' ')} is not a command to run`);
      return await runInvocation(app, invocation);
    },
    resume: async (runId) => outcomeOf(await runCommand(['runs', 'resume', runId])),
  };
}

interface Ran {
  readonly exit: number;
  readonly document: object;
  readonly text: string;
}

type RunCommand = (command: readonly string[], difference?: Partial<App>) => Promise<Ran>;

function outcomeOf({ exit, text, document }: Ran): Outcome {
  const runId = 'runId' in document && typeof document.runId === 'string' ? document.runId : undefined;
  return { exit, text, ...(runId !== undefined && { runId }) };
}

/** With connections of its own: what a recovery changed must not be seen through an old one. */
async function look(app: App, { values }: Invocation): Promise<Sight> {
  const inner = await app.within(values, {});
  try {
    if (await inner.app.isForeign()) {
      const connection = await inner.app.connectForeign();
      return foreignSight(await assessForeign(foreignParts(connection), inner.app.clock));
    }
    const { cluster } = await inner.app.connect();
    return await assess(cluster);
  } finally {
    await inner.cleanUp();
  }
}

async function planWith(app: App, runCommand: RunCommand, command: readonly string[]): Promise<Planned> {
  const { stateDir } = await app.anyConfig();
  await app.proveWritable(`${stateDir}/plans`);
  const file = `${stateDir}/plans/${app.random.ulid()}.json`;
  // Where the plan is said by the engine, with the line that applies it.
  const reporter = { ...app.reporter, note: () => {} };
  const { text } = await runCommand([...command, '--plan-out', file], { reporter });
  return { plan: decodePlanFile(file, await app.readText(file)).plan, file, text };
}

async function keptPlan(app: App, file: string): Promise<Planned | undefined> {
  try {
    return { plan: decodePlanFile(file, await app.readText(file)).plan, file, text: '' };
  } catch (error) {
    if (error instanceof DrError) return undefined;
    throw error;
  }
}

async function runOf(app: App, planId: string): ReturnType<Hands['runOf']> {
  const store = app.runs(await app.anyConfig());
  for (const { runId, state } of (await store.list()).reverse()) {
    if (state === 'unreadable') continue;
    const { planJson } = await store.show(runId);
    if (planIdOf(runId, planJson) === planId) return { runId, isDone: state === 'done' };
  }
  return undefined;
}

function planIdOf(runId: string, planJson: string): string | undefined {
  try {
    return decodePlanFile(runId, planJson).plan.planId;
  } catch (error) {
    if (error instanceof DrError) return undefined;
    throw error;
  }
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=,@%+-]+$/.test(word) ? word : `'${word.replace(/'/g, `'\\''`)}'`;
}
