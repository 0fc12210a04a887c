import { toJson } from '../codec/common.ts';
import type { JournalRecord, StepReport } from '../codec/journal.ts';
import { DrError } from '../core/errors.ts';
import type { Clock } from '../ports/Clock.ts';

/** Where a journal's lines go. `append` resolves when the line is durable; lines keep the order of the calls. */
export interface JournalSink {
  append(record: JournalRecord): Promise<void>;
}

/**
 * The journal of one run, as an operation's `apply` sees it.
 *
 * A step is written down before it is begun and after it is done. A step that an earlier, killed run of the same
 * journal had finished is not done again: its stored result is returned. A step that was only begun is done again,
 * so every step must be idempotent.
 */
export interface Journal {
  readonly runId: string;
  /** The name is unique in the run and stable between runs: `log 1: install`. */
  step(name: string, run: () => Promise<void>): Promise<void>;
  /** The result is stored as JSON (positions as decimal strings); `decode` gives the value back on a resume. */
  step<T>(name: string, run: () => Promise<T>, decode: (stored: unknown) => T): Promise<T>;
  /** The steps so far, in the order in which they were first begun. */
  report(): readonly StepReport[];
}

/** Steps that a journal's records say were finished, with their results. */
export function finishedSteps(
  records: readonly JournalRecord[],
): Map<string, { result: unknown; at: number }> {
  const finished = new Map<string, { result: unknown; at: number }>();
  for (const record of records) {
    if (record.type === 'done') finished.set(record.step, { result: record.result, at: record.at });
  }
  return finished;
}

/** A journal over any sink; `earlier` are the records of the run that is resumed, none for a new run. */
export function createJournal(options: {
  readonly runId: string;
  readonly sink: JournalSink;
  readonly clock: Clock;
  readonly earlier?: readonly JournalRecord[];
}): Journal {
  return new RecordedJournal(options);
}

/** Keeps the records in memory: for simulation, and to resume from in a test. */
export function memoryJournal(options: {
  readonly runId: string;
  readonly clock: Clock;
  readonly earlier?: readonly JournalRecord[];
}): { readonly journal: Journal; readonly records: readonly JournalRecord[] } {
  const records: JournalRecord[] = [...(options.earlier ?? [])];
  const sink: JournalSink = {
    append: async (record) => {
      // Through JSON, so that a result which would not survive a real journal does not survive this one either.
      records.push(JSON.parse(toJson(record)) as JournalRecord);
    },
  };
  return { journal: createJournal({ ...options, sink }), records };
}

class RecordedJournal implements Journal {
  readonly runId: string;
  readonly #sink: JournalSink;
  readonly #clock: Clock;
  readonly #finished: ReadonlyMap<string, { result: unknown; at: number }>;
  readonly #reports = new Map<string, StepReport>();

  constructor(options: {
    readonly runId: string;
    readonly sink: JournalSink;
    readonly clock: Clock;
    readonly earlier?: readonly JournalRecord[];
  }) {
    this.runId = options.runId;
    this.#sink = options.sink;
    this.#clock = options.clock;
    this.#finished = finishedSteps(options.earlier ?? []);
  }

  async step<T>(name: string, run: () => Promise<T>, decode?: (stored: unknown) => T): Promise<T> {
    if (this.#reports.has(name)) throw new Error(`step ${name} was given twice`);
    const before = this.#finished.get(name);
    if (before !== undefined) return this.#skip(name, before, decode);
    const startedAt = this.#clock.now();
    this.#reports.set(name, { step: name, outcome: 'unfinished', startedAt });
    await this.#sink.append({ type: 'begin', step: name, at: startedAt });
    try {
      const value = await run();
      const finishedAt = this.#clock.now();
      await this.#sink.append({ type: 'done', step: name, at: finishedAt, ...resultOf(value) });
      this.#reports.set(name, { step: name, outcome: 'done', startedAt, finishedAt });
      return value;
    } catch (error) {
      await this.#failed(name, startedAt, error);
      throw error;
    }
  }

  report(): readonly StepReport[] {
    return [...this.#reports.values()];
  }

  #skip<T>(name: string, before: { result: unknown; at: number }, decode?: (stored: unknown) => T): T {
    this.#reports.set(name, {
      step: name,
      outcome: 'done',
      startedAt: before.at,
      finishedAt: before.at,
      skipped: true,
    });
    if (decode === undefined) return undefined as T;
    try {
      return decode(before.result);
    } catch (cause) {
      throw new DrError('E_BAD_JOURNAL', {
        message: `The journal of run ${this.runId} holds a result of step "${name}" that cannot be read. That step was done; nothing further was done now.`,
        context: { runId: this.runId, step: name },
        cause,
      });
    }
  }

  async #failed(name: string, startedAt: number, error: unknown): Promise<void> {
    const finishedAt = this.#clock.now();
    const message = error instanceof Error ? error.message : String(error);
    this.#reports.set(name, { step: name, outcome: 'failed', startedAt, finishedAt, message });
    const code = error instanceof DrError ? { code: error.code } : {};
    // The step's own error is the one to be told, also when the journal cannot take it any more.
    await this.#sink
      .append({ type: 'failed', step: name, at: finishedAt, ...code, message })
      .catch(() => undefined);
  }
}

function resultOf(value: unknown): { result?: unknown } {
  return value === undefined ? {} : { result: JSON.parse(toJson(value)) as unknown };
}
