import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import Table from 'cli-table3';
import { MUTATIONS, type Mutation } from './mutations.ts';

/**
 * `npm run simulate:mutants -- [--seeds N] [--only TEXT]`: switches on each deliberate bug in a copy of the compiled
 * sources and counts the seeds until a checker sees it. Run from the root of the project.
 */
const run = promisify(execFile);
const HOME = join('.cache', `mutants-${process.pid}`);
const OPTIONS =
  '--ignoreConfig --noCheck --target es2023 --module nodenext --rewriteRelativeImportExtensions'.split(' ');
const TSC = join('node_modules', 'typescript', 'bin', 'tsc');

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '600' },
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});

interface Caught {
  readonly name: string;
  readonly seeds?: number;
  readonly profile?: string;
  readonly seed?: number;
  readonly invariant?: string;
}

/** The text with its line replaced; a line that is not there exactly once is an error: the mutation is out of date. */
function mutated(text: string, { file, line, instead }: Mutation['edits'][number]): string {
  const parts = text.split(line);
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times: ${line}`);
  return parts.join(instead);
}

async function writeMutant(mutation: Mutation, dir: string): Promise<string[]> {
  const texts = new Map<string, string>();
  for (const edit of mutation.edits) {
    const before = texts.get(edit.file) ?? (await readFile(join(HOME, 'src-copy', edit.file), 'utf8'));
    texts.set(edit.file, mutated(before, edit));
  }
  for (const [file, text] of texts) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), text);
  }
  return [...texts.keys()];
}

async function hunt(mutation: Mutation, number: number): Promise<Caught> {
  const place = join(HOME, `m${number}`);
  const source = join(HOME, 'sources', `m${number}`);
  const files = await writeMutant(mutation, source);
  await cp(join(HOME, 'base'), place, { recursive: true });
  const paths = files.map((file) => join(source, file));
  await run(process.execPath, [
    TSC,
    ...OPTIONS,
    '--noResolve',
    '--rootDir',
    source,
    '--outDir',
    place,
    ...paths,
  ]);
  const program = join(place, 'test', 'simulation', 'hunt.js');
  const { stdout } = await run(process.execPath, [program, mutation.profiles.join(), values.seeds]);
  await rm(place, { recursive: true });
  if (stdout !== '') await mustBeSound(JSON.parse(stdout) as { profile: string; seed: number });
  return { name: mutation.name, ...(stdout === '' ? {} : (JSON.parse(stdout) as object)) };
}

/** What is seen in a mutant must not be seen without the mutation: that would be a bug of ours, or of a checker. */
async function mustBeSound({ profile, seed }: { profile: string; seed: number }): Promise<void> {
  const program = join(HOME, 'base', 'test', 'simulation', 'hunt.js');
  const { stdout } = await run(process.execPath, [program, profile, '1', String(seed)]);
  if (stdout !== '') throw new Error(`${profile} ${seed} fails without any mutation: ${stdout}`);
}

async function main(): Promise<number> {
  await rm(HOME, { recursive: true, force: true });
  // A copy, so that an edit of the sources in the meantime does not mix two versions.
  await cp('src', join(HOME, 'src-copy', 'src'), { recursive: true });
  await cp('test', join(HOME, 'src-copy', 'test'), { recursive: true });
  await run(process.execPath, [
    TSC,
    ...OPTIONS,
    '--rootDir',
    join(HOME, 'src-copy'),
    '--outDir',
    join(HOME, 'base'),
    join(HOME, 'src-copy', 'test/simulation/hunt.ts'),
  ]);
  const table = new Table({
    head: ['deliberate bug', 'seeds', 'seen in', 'by'],
    style: { head: [], border: [] },
  });
  const missed: string[] = [];
  for (const [number, mutation] of MUTATIONS.entries()) {
    if (number < Number(values.from) || !mutation.name.includes(values.only)) continue;
    const caught = await hunt(mutation, number);
    if (caught.seeds === undefined) missed.push(mutation.name);
    table.push([
      caught.name,
      caught.seeds ?? `not in ${values.seeds}`,
      `${caught.profile ?? ''} ${caught.seed ?? ''}`,
      caught.invariant ?? '',
    ]);
    console.error(
      `${caught.name}: ${caught.seeds ?? 'MISSED'} ${caught.profile ?? ''} ${caught.seed ?? ''} ${caught.invariant ?? ''}`,
    );
  }
  console.log(table.toString());
  return missed.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} finally {
  await rm(HOME, { recursive: true, force: true });
}
