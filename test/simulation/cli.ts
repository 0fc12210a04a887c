import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import Table from 'cli-table3';
import { minimise, readable } from './minimise.ts';
import { runSeed } from './run.ts';
import { count, emptyTally, profilesNamed, type RunReport, type Tally } from './tally.ts';
import type { Share } from './worker.ts';

/**
 * `npm run simulate -- [--seeds N] [--start S] [--profile NAME[,NAME]|all] [--workers N] [--json]`
 * `npm run simulate -- --replay S --profile NAME [--off a,b]` tells the story of one seed.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    start: { type: 'string', default: '1' },
    profile: { type: 'string', default: 'all' },
    workers: { type: 'string' },
    json: { type: 'boolean', default: false },
    replay: { type: 'string' },
    off: { type: 'string', default: '' },
    full: { type: 'boolean', default: false },
    'no-story': { type: 'boolean', default: false },
  },
});

const off = values.off.split(',').filter((one) => one !== '');

async function replay(profile: string, seed: number): Promise<number> {
  const result = await runSeed(profile, seed, { told: true, off: new Set(off) });
  for (const line of values.full ? result.story : readable(result.story)) console.log(line);
  console.log(
    `\nevents ${result.events}, fingerprint ${result.fingerprint}, verdicts ${JSON.stringify(result.verdicts)}`,
  );
  for (const { invariant, message } of result.violations) console.log(`VIOLATED ${invariant}: ${message}`);
  return result.violations.length === 0 ? 0 : 1;
}

async function simulate(): Promise<number> {
  const profiles = profilesNamed(values.profile);
  const seeds = Number(values.seeds);
  const workers = Math.min(seeds, Number(values.workers ?? availableParallelism()));
  const tally = emptyTally();
  const perProfile = new Map(profiles.map((name) => [name, emptyTally()]));
  const failed: RunReport[] = [];
  const started = Date.now();
  let shown = started;
  const take = (run: RunReport): void => {
    count(tally, run);
    const own = perProfile.get(run.profile);
    if (own !== undefined) count(own, run);
    if (run.violations.length > 0) {
      failed.push(run);
      console.error(
        `${run.profile} ${run.seed}: ${run.violations[0]?.invariant}: ${run.violations[0]?.message.slice(0, 300)}`,
      );
    }
    if (Date.now() - shown < 5_000) return;
    shown = Date.now();
    console.error(
      `${tally.runs}/${seeds} seeds, ${(tally.runs / ((shown - started) / 1000)).toFixed(1)}/s, ${tally.violated} violated`,
    );
  };
  await Promise.all(
    Array.from({ length: workers }, (_, offset) =>
      inWorker({ profiles, start: Number(values.start), seeds, offset, stride: workers, off }, take),
    ),
  );
  const seconds = (Date.now() - started) / 1000;
  if (values.json)
    console.log(
      JSON.stringify({
        ...tally,
        seconds,
        seedsPerSecond: tally.runs / seconds,
        profiles: Object.fromEntries(perProfile),
        failed,
      }),
    );
  else show(tally, perProfile, seconds);
  const [first] = failed;
  if (first !== undefined && !values['no-story']) await tellStory(first);
  return failed.length === 0 ? 0 : 1;
}

function inWorker(share: Share, take: (run: RunReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: share,
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    worker.on('message', take);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
  });
}

function show(all: Tally, perProfile: ReadonlyMap<string, Tally>, seconds: number): void {
  const table = new Table({
    head: [
      'profile',
      'runs',
      'proven',
      'unproven',
      'contradiction',
      'nothing to do',
      'violated',
      'wrong proven',
      'events',
    ],
    style: { head: [], border: [] },
  });
  for (const [name, tally] of [...perProfile, ['all', all] as const]) {
    const { verdicts } = tally;
    const verdict = (key: string): number => verdicts[key] ?? 0;
    table.push([
      name,
      tally.runs,
      verdict('proven'),
      verdict('unproven'),
      verdict('contradiction'),
      verdict('nothing to do'),
      tally.violated,
      tally.wrongProven,
      tally.events,
    ]);
  }
  console.log(table.toString());
  console.log(
    `${all.runs} seeds in ${seconds.toFixed(1)} s (${(all.runs / seconds).toFixed(1)}/s), ${all.acked} entries acknowledged, ${(all.virtualMs / 3_600_000).toFixed(1)} virtual hours`,
  );
  console.log(
    `over-cautious: ${share(all.overCautious, all.oneChain)} logs of which enumeration leaves one chain; ${share(all.returnedRefused, all.returned)} whose every server came back whole`,
  );
  console.log(`errors of recoveries: ${JSON.stringify(all.errors)}`);
  if (all.violated > 0) console.log(`violated: ${JSON.stringify(all.invariants)}`);
}

function share(part: number, whole: number): string {
  return `${part} of ${whole} (${((100 * part) / Math.max(1, whole)).toFixed(2)} %)`;
}

async function tellStory({ profile, seed }: RunReport): Promise<void> {
  const small = await minimise(profile, seed);
  if (small === undefined) return;
  console.error(`\nThe story of ${profile} ${seed}, without ${small.off.join(', ') || 'anything left out'}:`);
  for (const line of readable(small.result.story).slice(-120)) console.error(line);
  for (const { invariant, message } of small.result.violations)
    console.error(`VIOLATED ${invariant}: ${message}`);
  const without = small.off.length === 0 ? '' : ` --off ${small.off.join(',')}`;
  console.error(`\nAgain: npm run simulate -- --profile ${profile} --replay ${seed}${without}`);
}

process.exitCode =
  values.replay === undefined ? await simulate() : await replay(values.profile, Number(values.replay));
