import { Agent } from 'undici';
import type { Counters } from '../../codec/sandbox.ts';
import type { Clock } from '../../ports/Clock.ts';

export interface CallLoadRequest {
  /** Where the counters are called; the next one is tried when one certainly took nothing. */
  readonly ingress: readonly string[];
  readonly counters: number;
  readonly workers: number;
  /** Ends after so many additions; without it when the signal is aborted. */
  readonly additions?: number;
  /** What earlier loads were told: counted on from there. */
  readonly before?: Counters;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How long an addition may take: longer than a failover, shorter than a person's patience. */
const CALL_MS = 15_000;
const PAUSE_MS = 100;

/** Calls counters through Restate's ingress, continuously, and remembers what each call was told. */
export class CallLoad {
  acknowledged = 0;
  /** Calls that ended without an answer, or with a refusal after they were accepted. */
  unknown = 0;
  /** What became of the last such call. */
  whyUnknown = '';
  /** When each addition was acknowledged, on the request's clock, in that order. */
  readonly acknowledgedAt: number[] = [];
  readonly counters: Counters;
  readonly #request: CallLoadRequest;
  readonly #agent = new Agent({ headersTimeout: CALL_MS, bodyTimeout: CALL_MS, connectTimeout: 1_000 });
  #begun = 0;

  constructor(request: CallLoadRequest) {
    this.#request = request;
    this.counters = structuredClone(request.before ?? {});
  }

  /** Resolves when all workers ended. */
  async run(): Promise<void> {
    const { workers } = this.#request;
    try {
      await Promise.all(Array.from({ length: workers }, (_, worker) => this.#work(worker)));
    } finally {
      await this.#agent.close();
    }
  }

  async #work(worker: number): Promise<void> {
    const { signal, additions, counters } = this.#request;
    for (let turn = worker; !signal.aborted && this.#begun < (additions ?? Infinity); turn += 1) {
      this.#begun += 1;
      const key = `c${(turn * 7 + worker) % counters}`;
      await this.#add(key, turn);
    }
  }

  async #add(key: string, turn: number): Promise<void> {
    const { ingress, clock } = this.#request;
    for (let tries = 0; tries < ingress.length; tries += 1) {
      const outcome = await this.#call(ingress[(turn + tries) % ingress.length] ?? '', key);
      if (outcome === 'refused') continue;
      this.#count(key, outcome);
      return;
    }
    // Nobody took it: nothing happened, and nothing is counted.
    this.#begun -= 1;
    await clock.sleep(PAUSE_MS);
  }

  #count(key: string, outcome: 'acknowledged' | 'unknown'): void {
    this[outcome] += 1;
    if (outcome === 'acknowledged') this.acknowledgedAt.push(this.#request.clock.now());
    const told = this.counters[key] ?? { acknowledged: 0, unknown: 0 };
    this.counters[key] = { ...told, [outcome]: told[outcome] + 1 };
  }

  async #call(origin: string, key: string): Promise<'acknowledged' | 'unknown' | 'refused'> {
    try {
      const path = `/counter/${key}/add`;
      const { statusCode, body } = await this.#agent.request({ origin, path, method: 'POST' });
      const text = await body.text();
      if (statusCode === 200) return 'acknowledged';
      // A node that has not heard of the deployment yet takes nothing.
      if (statusCode === 404) return 'refused';
      this.whyUnknown = `${origin} answered ${statusCode}: ${text}`;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT') return 'refused';
      this.whyUnknown = `${origin}: ${error instanceof Error ? error.message : error}`;
    }
    return 'unknown';
  }
}

/** A counter that is being added to by calls of before answers when they are through, with the engine's own retries. */
const READ_ROUNDS = 4;

/** What a counter stands at, as the service says. */
export async function readCounter(ingress: readonly string[], key: string): Promise<number> {
  const agent = new Agent({ headersTimeout: CALL_MS, bodyTimeout: CALL_MS, connectTimeout: 1_000 });
  const failures: string[] = [];
  try {
    for (const origin of Array.from({ length: READ_ROUNDS }, () => ingress).flat()) {
      try {
        const path = `/counter/${key}/get`;
        const { statusCode, body } = await agent.request({ origin, path, method: 'POST' });
        const text = await body.text();
        if (statusCode === 200) return Number(text);
        failures.push(`${origin} answers ${statusCode}: ${text}`);
      } catch (error) {
        failures.push(`${origin}: ${error instanceof Error ? error.message : error}`);
      }
    }
    throw new Error(`counter ${key} cannot be read: ${[...new Set(failures)].join('; ')}`);
  } finally {
    await agent.close();
  }
}

export interface CounterVerdict {
  readonly key: string;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly value: number;
  /** `lost`: fewer than were acknowledged. `surplus`: more than were ever asked for. */
  readonly verdict: 'equal' | 'within' | 'lost' | 'surplus';
}

/** Every counter against what its callers were told. */
export async function checkCounters(
  ingress: readonly string[],
  counters: Counters,
): Promise<readonly CounterVerdict[]> {
  return await Promise.all(
    Object.entries(counters).map(async ([key, { acknowledged, unknown }]) => {
      const value = await readCounter(ingress, key);
      return { key, acknowledged, unknown, value, verdict: verdictOf(value, acknowledged, unknown) };
    }),
  );
}

function verdictOf(value: number, acknowledged: number, unknown: number): CounterVerdict['verdict'] {
  if (value === acknowledged) return 'equal';
  if (value < acknowledged) return 'lost';
  return value <= acknowledged + unknown ? 'within' : 'surplus';
}
