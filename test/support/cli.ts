import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runMain } from './inProcess.ts';

const BIN = new URL('../../bin/vlog-dr.js', import.meta.url).pathname;
const AT_RECORD = new URL('./atRecord.mjs', import.meta.url).pathname;
const CALL_KILLER = new URL('./killAtCall.mjs', import.meta.url).pathname;

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kill -9 right after this many records of the run's journal are durable. */
  readonly killAtRecord?: number;
  /** Held right after this many records of the run's journal are durable, until it is told to go on. */
  readonly holdAtRecord?: number;
  /** Kill -9 right after the first answer of this many kinds of calls to servers, in their order. */
  readonly killAtCall?: number;
}

/** A command that runs. */
export interface RunningCli {
  /** Whether it came to the record that it was to be held at: false when it ended before. */
  readonly held: Promise<boolean>;
  goOn(): void;
  readonly ended: Promise<CliResult>;
}

/** Runs the built program as a user would, without a terminal. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}

export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { killAtRecord, holdAtRecord, killAtCall } = options;
  const atRecord = killAtRecord ?? holdAtRecord;
  const loaded = [
    ...(atRecord === undefined ? [] : ['--import', AT_RECORD]),
    ...(killAtCall === undefined ? [] : ['--import', CALL_KILLER]),
  ];
  const child = spawn(process.execPath, [...loaded, BIN, ...args], {
    env: {
      ...process.env,
      NO_COLOR: '1',
      TEST_AT_RECORD: String(atRecord ?? 0),
      TEST_AT_RECORD_DO: holdAtRecord === undefined ? 'kill' : 'hold',
      TEST_KILL_AT_CALL: String(killAtCall ?? 0),
      ...options.env,
    },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const { stdin, stdout, stderr } = child as ChildProcessByStdio<Writable, Readable, Readable>;
  const control = child.stdio[3] as Duplex;
  stdin.end(options.stdin ?? '');
  control.on('error', () => undefined);
  const printed = Promise.all([text(stdout), text(stderr)]);
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', async (code, signal) => {
      const [out, err] = await printed;
      resolve({ code, signal, stdout: out, stderr: err });
    });
  });
  const held = new Promise<boolean>((resolve) => {
    control.once('data', () => resolve(true));
    child.once('exit', () => resolve(false));
  });
  return { held, ended, goOn: () => void control.write('on') };
}

/** A sandbox of real processes for one test, and commands on it. */
export class CliSandbox {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async up(...flags: string[]): Promise<CliSandbox> {
    const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-test-'));
    const sandbox = new CliSandbox(dir);
    // A repository of its own, inside the sandbox's directory's neighbour.
    const repo = `file://${dir}.repo`;
    const given = flags.map((flag) => flag.replace('file:///REPO', repo));
    // The same stories are told of every MetaStore (test/vitest.config.ts).
    const kind = process.env.TEST_METASTORE;
    if (kind !== undefined && !flags.includes('--metastore')) given.push('--metastore', kind);
    await sandbox.must(0, 'sandbox', 'up', '--dir', dir, '--json', ...given);
    return sandbox;
  }

  /** A command on this cluster, whatever comes of it. */
  run(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const place = args[0] === 'sandbox' ? ['--dir', this.dir] : ['--config', join(this.dir, 'vlog-dr.yaml')];
    const given = args.includes('--dir') || args.includes('--config') ? [] : place;
    return runCli([...args, ...given], options);
  }

  /** A command that must end with this exit code. */
  async must(code: number, ...args: string[]): Promise<CliResult> {
    const result = await this.run(args);
    if (result.code !== code)
      throw new Error(`vlog-dr ${args.join(' ')}: exit ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /** The `--json` result of a command that must end with this exit code. */
  async json<T = Record<string, unknown>>(code: number, ...args: string[]): Promise<T> {
    return JSON.parse((await this.must(code, ...args, '--json')).stdout) as T;
  }

  /** As `must`, without a process of its own: from the sources, and several times as quick. */
  async here(code: number, args: readonly string[], stdin = ''): Promise<string> {
    const config = args.includes('--config') ? [] : ['--config', this.file('vlog-dr.yaml')];
    const result = await runMain([...args, ...config], { stdin });
    if (result.code !== code)
      throw new Error(`vlog-dr ${args.join(' ')}: exit ${result.code}\n${result.stdout}\n${result.stderr}`);
    return result.stdout;
  }

  async hereJson<T = Record<string, unknown>>(code: number, ...args: string[]): Promise<T> {
    return JSON.parse(await this.here(code, [...args, '--json'])) as T;
  }

  file(...path: string[]): string {
    return join(this.dir, ...path);
  }

  text(...path: string[]): Promise<string> {
    return readFile(this.file(...path), 'utf8');
  }

  /** Starts a load that ends only when it is told to. */
  startLoad(log: string): Load {
    return new Load(this.dir, log);
  }

  async down(): Promise<void> {
    await this.run(['sandbox', 'down', '--delete']);
    await rm(this.dir, { recursive: true, force: true });
    await rm(`${this.dir}.repo`, { recursive: true, force: true });
  }
}

/** `sandbox load --forever` in the background. */
export class Load {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #acked: string;
  readonly #closed: Promise<string>;
  count = 0;

  constructor(dir: string, log: string) {
    this.#acked = join(dir, 'acked.jsonl');
    const args = [BIN, 'sandbox', 'load', '--dir', dir, '--log', log, '--forever', '--json'];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#closed = new Promise((resolve) => {
      let stdout = '';
      this.#child.stdout.on('data', (chunk) => {
        stdout += chunk;
      });
      this.#child.stderr.resume();
      this.#child.on('close', () => resolve(stdout));
    });
  }

  /** Resolves once this many entries are on record as acknowledged. */
  async acknowledged(wanted: number): Promise<void> {
    const ended = this.#closed.then((said) => {
      throw new Error(`the load ended: ${said}`);
    });
    while (this.count < wanted) {
      const text = await readFile(this.#acked, 'utf8').catch(() => '');
      this.count = text.split('\n').length - 1;
      if (this.count < wanted) await Promise.race([ended, changeOf(this.#acked)]);
    }
    ended.catch(() => undefined);
  }

  async stop(): Promise<Record<string, unknown>> {
    this.#child.kill('SIGINT');
    return JSON.parse(await this.#closed) as Record<string, unknown>;
  }
}

/** The next change of a file, or a moment later: a watcher may be set up after the change. */
function changeOf(path: string): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, 50, path));
}
