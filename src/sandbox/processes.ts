import { spawn } from 'node:child_process';
import { open, readFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { memberProcessSchema } from '../codec/sandbox.ts';
import { DrError } from '../core/errors.ts';
import { replaceFile } from '../drivers/local/durableFiles.ts';
import { identifyProcess, type ProcessIdentity, processState } from '../drivers/local/processes.ts';
import type { Clock } from '../ports/Clock.ts';
import { paths, type Sandbox } from './layout.ts';

const BIN = fileURLToPath(new URL('../../bin/vlog-dr.js', import.meta.url));
const LOOK_AGAIN_MS = 20;

/** Another program than this one. */
export interface Program {
  readonly path: string;
  readonly env: NodeJS.ProcessEnv;
}

export type MemberState = 'running' | 'paused' | 'stopped';

/** Starts a member in the background, in a session of its own: it outlives this process and its terminal. */
export async function startProcess(
  sandbox: Sandbox,
  id: string,
  args: readonly string[],
  program?: Program,
): Promise<ProcessIdentity> {
  const output = await open(paths.output(sandbox.dir, id), 'a');
  try {
    const [path, all] = program === undefined ? [process.execPath, [BIN, ...args]] : [program.path, args];
    const child = spawn(path, all, {
      env: program?.env ?? process.env,
      cwd: sandbox.dir,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const identity = await identifyProcess(child.pid ?? 0);
    if (identity === undefined) throw await diedAtStart(sandbox, id);
    await replaceFile(paths.process(sandbox.dir, id), JSON.stringify(identity));
    return identity;
  } finally {
    await output.close();
  }
}

/** What was last started for a member; `undefined` when nothing was. */
export async function knownProcess(sandbox: Sandbox, id: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(paths.process(sandbox.dir, id), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : memberProcessSchema.parse(JSON.parse(text));
}

export async function stateOf(sandbox: Sandbox, id: string): Promise<{ state: MemberState; pid?: number }> {
  const identity = await knownProcess(sandbox, id);
  if (identity === undefined) return { state: 'stopped' };
  const state = await processState(identity);
  return state === 'gone' ? { state: 'stopped' } : { state, pid: identity.pid };
}

/** Sends a signal to that very process; answers whether it lived. */
export async function signalProcess(sandbox: Sandbox, id: string, signal: NodeJS.Signals): Promise<boolean> {
  const identity = await knownProcess(sandbox, id);
  if (identity === undefined || (await processState(identity)) === 'gone') return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Resolves when the process is gone. */
export async function awaitGone(sandbox: Sandbox, id: string, clock: Clock): Promise<void> {
  const identity = await knownProcess(sandbox, id);
  while (identity !== undefined && (await processState(identity)) !== 'gone')
    await clock.sleep(LOOK_AGAIN_MS);
  await rm(paths.process(sandbox.dir, id), { force: true });
}

/** SIGKILL, and wait until it is gone. A paused process dies too. */
export async function killProcess(sandbox: Sandbox, id: string, clock: Clock): Promise<boolean> {
  const lived = await signalProcess(sandbox, id, 'SIGKILL');
  await awaitGone(sandbox, id, clock);
  return lived;
}

/** Asks until `ready` answers, or fails as soon as the process is gone. */
export async function awaitReady(
  sandbox: Sandbox,
  id: string,
  options: { readonly clock: Clock; readonly ready: () => Promise<boolean>; readonly timeoutMs: number },
): Promise<void> {
  const deadline = options.clock.now() + options.timeoutMs;
  while (!(await options.ready())) {
    if ((await stateOf(sandbox, id)).state === 'stopped') throw await diedAtStart(sandbox, id);
    if (options.clock.now() > deadline) throw await diedAtStart(sandbox, id, 'does not answer');
    await options.clock.sleep(LOOK_AGAIN_MS);
  }
}

async function diedAtStart(
  sandbox: Sandbox,
  id: string,
  what = 'ended as soon as it was started',
): Promise<DrError> {
  const file = paths.output(sandbox.dir, id);
  const said = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').slice(-6).join('\n');
  return new DrError('E_UNREACHABLE', {
    message: `${id} ${what}. Its data directory is as it was.${said === '' ? '' : `\n${said}`}`,
    hint: `What it said is in ${file}.`,
    context: { id, output: file },
  });
}
