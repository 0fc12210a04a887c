import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { promisify } from 'node:util';

/**
 * One process and no other. A pid alone is not enough: it is given to another process sooner or later, and that
 * one must neither be killed nor taken for the holder of a lock.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; equal for the same process only. */
  readonly startedAt: string;
  readonly host: string;
}

const run = promisify(execFile);

/** `undefined` when no process has that pid. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const startedAt = process.platform === 'linux' ? await startFromProc(pid) : await startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt, host: hostname() };
}

export async function identifySelf(): Promise<ProcessIdentity> {
  const self = await identifyProcess(process.pid);
  if (self === undefined) throw new Error('this process cannot find itself in the process table');
  return self;
}

/** `paused`: stopped by SIGSTOP, it goes on when told to. */
export async function processState(identity: ProcessIdentity): Promise<'running' | 'paused' | 'gone'> {
  if (!(await isAlive(identity))) return 'gone';
  if (process.platform !== 'linux') return 'running';
  const stat = await readFile(`/proc/${identity.pid}/stat`, 'utf8').catch(() => '');
  return /\) [Tt] /.test(stat) ? 'paused' : 'running';
}

/** Of another machine nothing can be known: it counts as alive. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  if (identity.host !== hostname()) return true;
  const found = await identifyProcess(identity.pid);
  return found?.startedAt === identity.startedAt;
}

async function startFromProc(pid: number): Promise<string | undefined> {
  try {
    const [stat, bootId] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The command name, in parentheses, may hold anything; fields are counted after its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const [threads, ticks] = [Number(fields[17]), fields[19]];
    // A zombie has ended, its parent has not asked yet; but while another thread of it is left, so are its sockets.
    const hasEnded = state === 'Z' && threads <= 1;
    return hasEnded || ticks === undefined ? undefined : `${bootId.trim()}:${ticks}`;
  } catch {
    return undefined;
  }
}

async function startFromPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    const text = stdout.trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
