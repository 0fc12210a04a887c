import { DrError } from '../core/errors.ts';
import type { LogletId, Position } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import { type AppendOptions, appendBatch, type Placed } from './append.ts';
import type { LogContext } from './context.ts';

export type AppendResult =
  /** Durable, one position for each payload; consecutive unless a reconfiguration fell between them. */
  | { readonly outcome: 'acknowledged'; readonly positions: readonly Position[] }
  /**
   * Not known. `positions` are those given by the sequencer, if it answered; the first `acknowledged` of them are in
   * the log. Whoever appends again may write twice.
   */
  | {
      readonly outcome: 'unknown';
      readonly positions: readonly Position[];
      readonly acknowledged: number;
      readonly logletId: LogletId;
    }
  /** The first payloads are in the log at `positions`, the other `missing` certainly are not. */
  | { readonly outcome: 'partial'; readonly positions: readonly Position[]; readonly missing: number };

interface Waiting {
  readonly payloads: readonly Uint8Array[];
  readonly resolve: (placed: Placed[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls wait in one queue and go out in batches, one batch at a time: what this client appends stands in the log in
 * the order of its calls, also across a reconfiguration. Several lanes are faster and promise no order between them.
 */
export class AppendLane {
  readonly #ctx: LogContext;
  readonly #options: AppendOptions;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(ctx: LogContext, options: AppendOptions) {
    this.#ctx = ctx;
    this.#options = options;
  }

  /** Throws `E_APPEND_FAILED` when none of the payloads is in the log. */
  async append(payloads: readonly Uint8Array[]): Promise<AppendResult> {
    mustFit(payloads);
    if (payloads.length === 0) return { outcome: 'acknowledged', positions: [] };
    const placed = await new Promise<Placed[]>((resolve, reject) => {
      this.#waiting.push({ payloads, resolve, reject });
      if (!this.#running) void this.#run();
    });
    return resultOf(placed);
  }

  async #run(): Promise<void> {
    this.#running = true;
    // Calls of this turn go out together.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#sendBatch(this.#nextBatch());
    this.#running = false;
  }

  #nextBatch(): Waiting[] {
    let bytes = 0;
    let entries = 0;
    const count = this.#waiting.findIndex((one, place) => {
      bytes += sizeOf(one.payloads);
      entries += one.payloads.length;
      return place > 0 && (bytes > LIMITS.batchBytes || entries > LIMITS.batchEntries);
    });
    return this.#waiting.splice(0, count < 0 ? this.#waiting.length : count);
  }

  async #sendBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const payloads = batch.flatMap((one) => one.payloads);
      const placed = await appendBatch(this.#ctx, payloads, this.#options);
      let next = 0;
      for (const one of batch) {
        one.resolve(placed.slice(next, next + one.payloads.length));
        next += one.payloads.length;
      }
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }
}

/** The parts of an answer come in order: in the log, then unknown, then not in the log. */
function resultOf(placed: readonly Placed[]): AppendResult {
  const positions = placed.flatMap((one) => (one.placed === 'acknowledged' ? [one.position] : []));
  const unknown = placed.flatMap((one) => (one.placed === 'unknown' ? [one] : []));
  const first = unknown[0];
  if (first !== undefined)
    return {
      outcome: 'unknown',
      positions: [...positions, ...unknown.flatMap((one) => one.position ?? [])],
      acknowledged: positions.length,
      logletId: first.logletId,
    };
  const missing = placed.find((one) => one.placed === 'no');
  if (missing === undefined) return { outcome: 'acknowledged', positions };
  if (positions.length === 0) throw missing.error;
  return { outcome: 'partial', positions, missing: placed.length - positions.length };
}

function mustFit(payloads: readonly Uint8Array[]): void {
  const largest = Math.max(0, ...payloads.map((payload) => payload.length));
  if (largest > LIMITS.entryBytes)
    throw new DrError('E_USAGE', {
      message: `An entry of ${largest} bytes is larger than the limit, ${LIMITS.entryBytes}. Nothing was appended.`,
      hint: 'Split the entry.',
    });
  if (sizeOf(payloads) > LIMITS.batchBytes || payloads.length > LIMITS.batchEntries)
    throw new DrError('E_USAGE', {
      message: `A batch holds at most ${LIMITS.batchEntries} entries and ${LIMITS.batchBytes} bytes. Nothing was appended.`,
      hint: 'Append it in several calls: their order is kept.',
    });
}

function sizeOf(payloads: readonly Uint8Array[]): number {
  return payloads.reduce((bytes, payload) => bytes + payload.length, 0);
}
