import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { append } from './append.ts';
import { backupFollow } from './backupFollow.ts';
import { backupInPath } from './backupInPath.ts';
import { dataBackup, dataRestore } from './data.ts';
import type { Benchmark, Outcome } from './harness/benchmark.ts';
import { describeMachine, type Machine } from './harness/machine.ts';
import { tableOf } from './harness/print.ts';
import { ROOT } from './harness/programs.ts';
import { read } from './read.ts';
import { rebuild } from './rebuild.ts';
import { reconfigure } from './reconfigure.ts';
import { rto } from './rto.ts';
import { seal } from './seal.ts';
import { startup } from './startup.ts';
import { virtualisation } from './virtualisation.ts';

/**
 * `npm run bench -- [NAME…] [--quick] [--size MIB]`: measures, prints one table, and writes `bench/results/NAME.json` with the
 * machine, the versions and every sample. Without names, everything. Exit 1 only when a benchmark broke.
 */
const BENCHMARKS: readonly Benchmark[] = [
  startup,
  rebuild,
  seal,
  backupInPath,
  backupFollow,
  append,
  virtualisation,
  reconfigure,
  rto,
  read,
  dataBackup,
  dataRestore,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, size: { type: 'string' } },
});

/** What was started and is not stopped yet: also an interrupted run leaves no cluster behind. */
const undo: (() => Promise<unknown>)[] = [];

async function undoAll(say: (text: string) => void): Promise<void> {
  for (const one of undo.splice(0).reverse()) await one().catch((error: unknown) => say(String(error)));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    const say = (text: string) => process.stderr.write(`${text}\n`);
    void undoAll(say).finally(() => process.exit(130));
  });

async function runOne(benchmark: Benchmark, machine: Machine): Promise<Outcome> {
  const dir = await mkdtemp(join(tmpdir(), `vlog-dr-bench-${benchmark.name}-`));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  const say = (text: string) => process.stderr.write(`${benchmark.name}: ${text}\n`);
  const began = performance.now();
  try {
    const sized = values.size === undefined ? {} : { sizeMib: Number(values.size) };
    const defer = (one: () => Promise<unknown>) => undo.push(one);
    const outcome = await benchmark.run({ quick: values.quick, ...sized, dir, say, defer });
    await keep(benchmark.name, { quick: values.quick, machine, ...outcome });
    say(`done in ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    return outcome;
  } finally {
    await undoAll(say);
  }
}

async function keep(name: string, result: object): Promise<void> {
  const dir = join(ROOT, 'bench', 'results');
  await mkdir(dir, { recursive: true });
  const at = new Date().toISOString();
  await writeFile(join(dir, `${name}.json`), `${JSON.stringify({ name, at, ...result }, undefined, 1)}\n`);
}

async function main(): Promise<number> {
  const unknown = positionals.filter((name) => !BENCHMARKS.some((one) => one.name === name));
  if (unknown.length > 0) {
    const known = BENCHMARKS.map((one) => one.name).join(', ');
    process.stderr.write(`There is no benchmark ${unknown.join(', ')}; there are ${known}.\n`);
    return 2;
  }
  const machine = await describeMachine(tmpdir());
  const chosen = BENCHMARKS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const outcomes = new Map<string, Outcome>();
  let broke = 0;
  for (const benchmark of chosen) {
    try {
      outcomes.set(benchmark.name, await runOne(benchmark, machine));
    } catch (error) {
      broke = 1;
      process.stderr.write(`${benchmark.name} BROKE: ${error instanceof Error ? error.stack : error}\n`);
    }
  }
  const { cpu, cores, memoryGb, system, loadAverage, fdatasyncMs, versions } = machine;
  const programs = Object.entries(versions).map(([program, version]) => `${program} ${version}`);
  process.stdout.write(
    `${tableOf(outcomes)}\n${cores} × ${cpu}, ${memoryGb} GB, ${system}, load ${loadAverage.join(' ')}, fdatasync ${fdatasyncMs.median.toFixed(2)} ms\n${programs.join(' · ')}\n`,
  );
  return broke;
}

process.exitCode = await main();
