import { setTimeout as sleep } from 'node:timers/promises';
import { ERROR_CATALOGUE, type ErrorCode } from '../../../src/core/errorCatalogue.ts';
import type { CliResult } from '../../support/cli.ts';
import { type Chain, registerOf, violations } from './checker.ts';
import type { Command, Need } from './commands.ts';
import type { Strike } from './strikes.ts';
import type { World } from './world.ts';

/** What is done to a command, and at which record of its journal. */
export type Blow =
  | { readonly kind: 'none' }
  | { readonly kind: 'kill'; readonly record: number }
  | { readonly kind: 'strike'; readonly record: number; readonly strike: Strike; readonly at: number }
  /** It hangs; another operator, on another machine, does the work; then it goes on. */
  | { readonly kind: 'second operator'; readonly record: number };

const STRIKE_MS = 4_000;

/** Where a case got to, for whoever reads why it failed. */
export class Story {
  readonly #lines: string[] = [];

  tell(line: string): void {
    this.#lines.push(line);
  }

  failed(error: unknown): Error {
    const told = this.#lines.map((line, number) => `  ${number + 1}. ${line}`).join('\n');
    return new Error(`${error instanceof Error ? error.message : String(error)}\n\nThe story:\n${told}\n`, {
      cause: error,
    });
  }
}

/** Answers whether the command came as far as the blow. Throws the story of what went wrong. */
export async function play(
  world: World,
  command: Command,
  { blow, turn, seed }: { readonly blow: Blow; readonly turn: number; readonly seed: number },
): Promise<{ readonly struck: boolean }> {
  const story = new Story();
  story.tell(`${command.name}, case ${turn}, FAULTS_SEED=${seed}`);
  try {
    await world.append(1);
    const before = await registerOf(world);
    const need = await command.need(world, turn);
    story.tell(`the need: vlog-dr ${need.args.join(' ')}`);
    const { struck, first } = await STAGED[blow.kind](world, need, { blow, story });
    if (first.code !== 0) await finish(world, { need, first, turn, story });
    await need.holds();
    story.tell('it has done what it is for');
    await isAsBefore(world, { need, before, story });
    return { struck };
  } catch (error) {
    throw story.failed(error);
  }
}

interface Staged {
  readonly struck: boolean;
  readonly first: CliResult;
}

type Stage = (
  world: World,
  need: Need,
  scene: { readonly blow: Blow; readonly story: Story },
) => Promise<Staged>;

const STAGED: Readonly<Record<Blow['kind'], Stage>> = {
  none: async (world, need, { story }) => {
    const first = await world.start(need.args, { config: world.direct }).ended;
    story.tell(`nothing hinders it: exit ${first.code}`);
    return { struck: false, first };
  },
  kill: async (world, need, { blow, story }) => {
    if (blow.kind !== 'kill') throw new Error(blow.kind);
    const at = { config: world.direct, killAtRecord: blow.record };
    const first = await world.start(need.args, at).ended;
    const struck = first.signal !== null;
    story.tell(struck ? `killed with -9 after record ${blow.record}` : `ended before record ${blow.record}`);
    return { struck, first };
  },
  strike: async (world, need, { blow, story }) => {
    if (blow.kind !== 'strike') throw new Error(blow.kind);
    const { record, strike, at } = blow;
    const running = world.start(need.args, { holdAtRecord: record });
    const struck = await running.held;
    const server = need.servers[at % need.servers.length] ?? '';
    story.tell(`${struck ? `held after record ${record}` : 'ended'}: ${strike.name} (${server})`);
    const heal = await strike.strike(world, server);
    running.goOn();
    // Some wait for as long as it is wrong: then it is made good under their feet.
    await Promise.race([running.ended, sleep(STRIKE_MS)]);
    if (strike.appends) await world.tryToAppend(1);
    await heal();
    const first = await running.ended;
    endsAsItSays(first);
    story.tell(`it ended with ${first.code}: ${brief(first)}`);
    return { struck, first };
  },
  'second operator': async (world, need, { blow, story }) => {
    if (blow.kind !== 'second operator') throw new Error(blow.kind);
    const running = world.start(need.args, { config: world.direct, holdAtRecord: blow.record });
    const struck = await running.held;
    const other = await world.start(need.args, { config: world.elsewhere }).ended;
    endsAsItSays(other);
    story.tell(
      `held after record ${blow.record}; another operator did it: exit ${other.code} ${brief(other)}`,
    );
    running.goOn();
    const first = await running.ended;
    endsAsItSays(first);
    story.tell(`went on, and ended with ${first.code}: ${brief(first)}`);
    return { struck, first };
  },
};

/** After a kill, or an end that was no success: by turns it is resumed, or run anew. */
async function finish(
  world: World,
  { need, first, turn, story }: { need: Need; first: CliResult; turn: number; story: Story },
): Promise<void> {
  const unfinished = await lastUnfinished(world);
  if (unfinished !== undefined && turn % 2 === 0) {
    const resumed = await world.run(['runs', 'resume', unfinished, '--json']);
    story.tell(`resumed: exit ${resumed.code} ${brief(resumed)}`);
    endsAsItSays(resumed);
    if (resumed.code === 0) return;
    // What a run was planned on may have changed while something was wrong; after a kill alone nothing did.
    if (first.signal !== null)
      throw new Error(`the run cannot be resumed: ${resumed.stdout}${resumed.stderr}`);
  }
  const again = await world.run(need.args);
  story.tell(`run anew: exit ${again.code} ${brief(again)}`);
  // 3: done, and something else wants attention. Whether it did what it is for is asked next.
  if (again.code !== 0 && again.code !== 3)
    throw new Error(`run anew it does not succeed: ${again.stdout}${again.stderr}`);
}

async function lastUnfinished(world: World): Promise<string | undefined> {
  const { runs } = await world.hereJson<{ runs: { runId: string; state: string }[] }>(0, 'runs', 'list');
  const last = runs.at(-1);
  return last !== undefined && last.state !== 'done' ? last.runId : undefined;
}

async function isAsBefore(
  world: World,
  { need, before, story }: { need: Need; before: Chain; story: Story },
): Promise<void> {
  await need.after?.();
  await world.append(1);
  story.tell('the log takes appends');
  const found = await violations(world, before);
  if (found.length > 0) throw new Error(found.join('\n'));
  const { frozen } = await registerOf(world);
  if (frozen === true) throw new Error('the log is frozen: no recovery is under way');
}

/** Whatever happens to a command, it ends by itself, with an exit code that its error's catalogue entry has. */
function endsAsItSays({ code, signal, stdout, stderr }: CliResult): void {
  const said = documentOf(stdout);
  const expected = said?.error === undefined ? [0, 3] : [ERROR_CATALOGUE[said.error.code]?.exit];
  if (signal !== null || said === undefined || !expected.includes(code as never) || code === 1)
    throw new Error(`it ended with ${signal ?? code}, and said: ${stdout}${stderr}`);
}

function brief({ stdout }: CliResult): string {
  const said = documentOf(stdout)?.error;
  return said === undefined ? '' : `${said.code} ${said.message}`;
}

function documentOf(stdout: string): { readonly error?: { code: ErrorCode; message: string } } | undefined {
  try {
    return JSON.parse(stdout);
  } catch {
    return undefined;
  }
}
