import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** Benchmarks run compiled, from somewhere else: the package is where npm started them. */
export const ROOT = process.cwd();
export const BIN = join(ROOT, 'bin', 'vlog-dr.js');

/** A peer's program, or undefined where it is not installed. */
export function findProgram(name: string): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), join(ROOT, 'node_modules', '.bin')];
  return places.map((dir) => join(dir, name)).find(isExecutable);
}

/** Restate's npm package starts its program by another Node process: the program itself is the fair peer. */
export function findRestatectl(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  const path = join(ROOT, 'node_modules', '@restatedev', `restatectl-${platform}`, 'bin', 'restatectl');
  return isExecutable(path) ? path : undefined;
}

export const HOW_TO_GET: Readonly<Record<string, string>> = {
  etcd: 'etcd is missing: apt-get install etcd-server',
  etcdctl: 'etcdctl is missing: apt-get install etcd-client',
  restatectl: 'restatectl is missing: npm ci',
  restic: 'restic is missing: apt-get install restic',
  s3: 'the S3 server is missing: .ci/install-s3, as root',
};

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  /** The most memory that was resident, MB. */
  readonly residentMb: number;
}

/** A program from start to end, as a user starts it. `stdoutFile` takes large output away from this process. */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: { readonly stdin?: string; readonly stdoutFile?: string; readonly mayFail?: boolean } = {},
): Promise<Ran> {
  const file = options.stdoutFile === undefined ? undefined : await open(options.stdoutFile, 'w');
  const began = performance.now();
  const child = spawn(path, args, {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', file?.fd ?? 'pipe', 'pipe'],
  });
  child.stdin?.end(options.stdin);
  let [stdout, stderr, residentMb] = ['', '', 0];
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const looking = setInterval(() => {
    residentMb = Math.max(residentMb, residentPeakMb(child.pid));
  }, 10);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looking);
  const ms = performance.now() - began;
  await file?.close();
  if (code !== 0 && options.mayFail !== true)
    throw new Error(
      `${path} ${args.join(' ')}: exit ${code}\n${stdout.slice(-2_000)}\n${stderr.slice(-2_000)}`,
    );
  return { code: code ?? -1, stdout, stderr, ms, residentMb };
}

export function vlogDr(args: readonly string[], options?: Parameters<typeof runProgram>[2]): Promise<Ran> {
  return runProgram(process.execPath, [BIN, ...args], options);
}

/** First line of what a program says of itself. */
export async function versionOf(path: string | undefined, ...args: string[]): Promise<string> {
  if (path === undefined) return 'missing';
  const { stdout } = await promisify(execFile)(path, args);
  return stdout.trim().split('\n')[0] ?? '';
}

/** The kernel keeps the peak itself; it is gone with the process, so it is asked again and again. */
function residentPeakMb(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
