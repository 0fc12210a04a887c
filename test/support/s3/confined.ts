import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { GatewayPackages } from './packages.ts';

const run = promisify(execFile);

/** RGW 16 names its threads through /proc and aborts without one; RGW 20 does not, and chroot asks fewer rights. */
function enter({ root, suite }: GatewayPackages): [string, ...string[]] {
  return suite === 'bookworm' ? ['unshare', '--mount-proc', `--root=${root}`] : ['chroot', root];
}

/** Runs a program of the private root to its end. Throws, with what it wrote, if it fails or takes a minute. */
export async function runConfined(packages: GatewayPackages, command: readonly string[]): Promise<void> {
  const [program, ...args] = [...enter(packages), ...command] as [string, ...string[]];
  await run(program, args, { timeout: 60_000, killSignal: 'SIGKILL' });
}

export class Daemon {
  readonly #child: ChildProcess;

  /** `dir`, on the host's side, receives what the daemon prints. */
  constructor(packages: GatewayPackages, dir: string, command: readonly [string, ...string[]]) {
    const output = openSync(join(dir, `${command[0]}.out`), 'w');
    // The kernel kills the daemon when this process ends, however that happens: an interrupted or killed test run
    // leaves nothing behind, and nothing has to be looked for by name.
    const args = ['--pdeathsig', 'KILL', ...enter(packages), ...command];
    this.#child = spawn('setpriv', args, { stdio: ['ignore', output, output] });
    closeSync(output);
    this.#child.unref();
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** SIGKILL, because an in-memory OSD takes more than 5 s to obey SIGTERM. */
  async kill(): Promise<void> {
    if (this.hasExited) return;
    this.#child.ref();
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
