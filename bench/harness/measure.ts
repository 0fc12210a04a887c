import { Bench, type Statistics } from 'tinybench';

/** Samples of one thing, and what they come to. Milliseconds, unless `unit` says otherwise. */
export interface Measured {
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly p99: number;
  readonly samples: readonly number[];
}

/**
 * One thing to measure. `run` answers with a number where less than the whole call counts: its own duration; what it needs
 * around it goes into `before` and `after`, which are not timed.
 */
export interface Work {
  readonly name: string;
  readonly run: () => Promise<unknown>;
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
}

/**
 * Rounds of A B A B …: whatever else the machine does falls on all of them alike. All works are tasks of one bench that
 * run at once, and the baton lets one of them go at a time.
 */
export async function interleaved(
  works: readonly Work[],
  { rounds }: { readonly rounds: number },
): Promise<Map<string, Measured>> {
  const baton = new Baton();
  const bench = new Bench({ concurrency: 'bench', iterations: rounds, ...EXACTLY });
  for (const [place, { name, run, before, after }] of works.entries()) {
    const timed = async () => {
      const own = await run();
      return typeof own === 'number' ? { overriddenDuration: own } : undefined;
    };
    bench.add(name, timed, {
      async: true,
      beforeEach: async () => {
        await baton.taken(place);
        await before?.();
      },
      afterEach: async () => {
        await after?.();
        baton.pass((place + 1) % works.length);
      },
    });
  }
  await bench.run();
  return new Map(bench.tasks.map(({ name, result }) => [name, measured(result, 'ms')]));
}

/** Statistics of samples that were taken elsewhere. */
export async function statisticsOf(samples: readonly number[], unit = 'ms'): Promise<Measured> {
  let next = 0;
  const bench = new Bench({ iterations: samples.length, ...EXACTLY });
  bench.add('samples', () => ({ overriddenDuration: samples[next++] ?? 0 }), { async: false });
  await bench.run();
  return { ...measured(bench.tasks[0]?.result, unit), samples };
}

/** Times in which so much was done, as rates. */
export function perSecond(measured: Measured, amount: number, unit: string): Measured {
  const rate = (ms: number) => (amount / ms) * 1_000;
  const { median, min, max, p99, samples } = measured;
  return {
    unit: `${unit}/s`,
    ...{ median: rate(median), min: rate(max), max: rate(min), p99: rate(p99) },
    samples: samples.map(rate),
  };
}

/** As many iterations as told; a failure ends it. */
const EXACTLY = { time: 0, warmup: false, throws: true, retainSamples: true } as const;

function measured(result: object | undefined, unit: string): Measured {
  const { latency } = result as { latency?: Statistics };
  if (latency === undefined) throw new Error('nothing was measured');
  const { p50: median, min, max, p99, samples = [] } = latency;
  return { unit, median, min, max, p99, samples };
}

class Baton {
  #at = 0;
  readonly #waiting = new Map<number, () => void>();

  taken(place: number): Promise<void> {
    if (this.#at === place) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(place, resolve));
  }

  pass(place: number): void {
    this.#at = place;
    const next = this.#waiting.get(place);
    this.#waiting.delete(place);
    next?.();
  }
}

export async function timed(action: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await action();
  return performance.now() - began;
}
