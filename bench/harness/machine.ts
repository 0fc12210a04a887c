import { execFile } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Measured, statisticsOf } from './measure.ts';
import { findProgram, findRestatectl, ROOT, versionOf } from './programs.ts';

/** Whatever numbers depend on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly fileSystem: string;
  readonly loadAverage: readonly number[];
  readonly fdatasyncMs: Measured;
  readonly versions: Readonly<Record<string, string>>;
}

export async function describeMachine(dir: string): Promise<Machine> {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    fileSystem: `type 0x${statfsSync(dir).type.toString(16)}`,
    loadAverage: loadavg().map((load) => Number(load.toFixed(1))),
    fdatasyncMs: await fdatasync(dir),
    versions: {
      'vlog-dr': await commit(),
      node: process.versions.node,
      etcd: await versionOf(findProgram('etcd'), '--version'),
      etcdctl: await versionOf(findProgram('etcdctl'), 'version'),
      restatectl: await versionOf(findRestatectl(), '--version'),
    },
  };
}

/** What one durable write of a page costs here: the floor under every acknowledgement. */
async function fdatasync(dir: string): Promise<Measured> {
  const path = join(dir, 'fdatasync');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096, 1);
  const samples: number[] = [];
  for (let count = 0; count < 100; count += 1) {
    const began = performance.now();
    writeSync(file, page, 0, page.length, count * page.length);
    fdatasyncSync(file);
    samples.push(performance.now() - began);
  }
  closeSync(file);
  rmSync(path);
  return await statisticsOf(samples);
}

async function commit(): Promise<string> {
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: ROOT });
  try {
    const { stdout } = await git('describe', '--always', '--dirty');
    return stdout.trim();
  } catch {
    return 'no checkout';
  }
}
