import { PROFILES } from './profiles.ts';

/** What a set of runs came to. Adds up over workers. */
export interface Tally {
  runs: number;
  violated: number;
  wrongProven: number;
  events: number;
  acked: number;
  virtualMs: number;
  readonly verdicts: Record<string, number>;
  readonly invariants: Record<string, number>;
  readonly errors: Record<string, number>;
  /** Logs of which enumeration of the evidence leaves one chain, and how many of them were refused all the same. */
  oneChain: number;
  overCautious: number;
  /** Logs whose every server came back whole, and how many of them were refused. */
  returned: number;
  returnedRefused: number;
}

/** What the outside of a worker needs to know of one run. */
export interface RunReport {
  readonly profile: string;
  readonly seed: number;
  readonly events: number;
  readonly acked: number;
  readonly elapsedMs: number;
  readonly verdicts: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly violations: readonly { readonly invariant: string; readonly message: string }[];
  readonly oneChain: number;
  readonly overCautious: number;
  readonly returned: number;
  readonly returnedRefused: number;
}

export function emptyTally(): Tally {
  return {
    runs: 0,
    violated: 0,
    wrongProven: 0,
    events: 0,
    acked: 0,
    virtualMs: 0,
    verdicts: {},
    invariants: {},
    errors: {},
    oneChain: 0,
    overCautious: 0,
    returned: 0,
    returnedRefused: 0,
  };
}

export function count(tally: Tally, run: RunReport): void {
  tally.runs += 1;
  tally.events += run.events;
  tally.acked += run.acked;
  tally.virtualMs += run.elapsedMs;
  tally.oneChain += run.oneChain;
  tally.overCautious += run.overCautious;
  tally.returned += run.returned;
  tally.returnedRefused += run.returnedRefused;
  addAll(tally.verdicts, run.verdicts);
  addAll(tally.errors, run.errors);
  if (run.violations.length === 0) return;
  tally.violated += 1;
  if (run.violations.some(({ invariant }) => invariant.includes('wrong proven'))) tally.wrongProven += 1;
  for (const invariant of new Set(run.violations.map((one) => one.invariant)))
    tally.invariants[invariant] = (tally.invariants[invariant] ?? 0) + 1;
}

function addAll(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [key, value] of Object.entries(more)) sums[key] = (sums[key] ?? 0) + value;
}

export function profilesNamed(name: string): string[] {
  if (name === 'all') return Object.keys(PROFILES);
  const names = name.split(',');
  for (const one of names)
    if (PROFILES[one] === undefined)
      throw new Error(`no profile ${one}: ${Object.keys(PROFILES).join(', ')}, all`);
  return names;
}
