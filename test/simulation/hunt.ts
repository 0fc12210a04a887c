import { runShare } from './worker.ts';

/** How long a deliberate bug stayed unseen: run by `mutants.ts` in a mutated copy. Arguments: profiles, seeds, start. */
const [profiles = 'calm', seeds = '400', start = '1'] = process.argv.slice(2);

let ran = 0;
await runShare(
  {
    profiles: profiles.split(','),
    start: Number(start),
    seeds: Number(seeds),
    offset: 0,
    stride: 1,
    off: [],
  },
  (run) => {
    ran += 1;
    const [found] = run.violations;
    if (found === undefined) return true;
    process.stdout.write(JSON.stringify({ seeds: ran, profile: run.profile, seed: run.seed, ...found }));
    return false;
  },
);
// A mutated world may leave a sleeper behind that nothing will ever wake.
process.exit(0);
