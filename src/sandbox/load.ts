import { type FileHandle, open } from 'node:fs/promises';
import { sha256 } from '../core/canonical.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { LogId, Position } from '../core/ids.ts';
import { orDiskError } from '../drivers/local/durableFiles.ts';
import { acknowledgedOf } from '../operations/log/appendLines.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { AppendResult } from '../virtuallog/appendLane.ts';
import type { VirtualLog } from '../virtuallog/VirtualLog.ts';

export interface LoadOptions {
  readonly logId: LogId;
  readonly log: VirtualLog;
  /** Absent: until the signal. */
  readonly entries?: number;
  readonly sizeBytes: number;
  readonly reconfigureEvery?: number;
  readonly ackedFile: string;
  /** Told apart from the entries of other loads by this. */
  readonly loadId: string;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface LoadSummary {
  readonly logId: LogId;
  readonly entries: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  readonly reconfigurations: number;
  readonly first: Position | null;
  readonly last: Position | null;
  readonly ackedFile: string;
  readonly elapsedMs: number;
}

const BATCH = 50;
const RETRY_MS = 200;

/**
 * Appends numbered entries. What was acknowledged is in the file before it is counted: the file may lack an
 * acknowledged entry when the load is killed, and never holds one that was not.
 */
export async function runLoad(options: LoadOptions): Promise<LoadSummary> {
  const file = await orDiskError(options.ackedFile, () => open(options.ackedFile, 'a'));
  const load = new Load(options, file);
  try {
    return await load.run();
  } finally {
    await file.close();
  }
}

class Load {
  readonly #options: LoadOptions;
  readonly #file: FileHandle;
  #given = 0;
  #acknowledged = 0;
  #failed = 0;
  #unknown = 0;
  #reconfigurations = 0;
  #first: Position | null = null;
  #last: Position | null = null;

  constructor(options: LoadOptions, file: FileHandle) {
    this.#options = options;
    this.#file = file;
  }

  async run(): Promise<LoadSummary> {
    const { clock, reporter, logId, ackedFile } = this.#options;
    const startedAt = clock.now();
    const stage = reporter.stage(`appending to log ${logId}`);
    for (let size = this.#nextBatch(); size > 0; size = this.#nextBatch()) {
      if (!(await this.#appendBatch(size))) break;
      stage.update(`${this.#acknowledged} acknowledged`);
      await this.#reconfigureIfDue();
    }
    stage.done(`${this.#acknowledged} of ${this.#given} acknowledged`);
    return {
      logId,
      entries: this.#given,
      acknowledged: this.#acknowledged,
      failed: this.#failed,
      unknown: this.#unknown,
      reconfigurations: this.#reconfigurations,
      first: this.#first,
      last: this.#last,
      ackedFile,
      elapsedMs: clock.now() - startedAt,
    };
  }

  /** Batches end where a reconfiguration is due, so that `--reconfigure-every` means what it says. */
  #nextBatch(): number {
    const { entries, reconfigureEvery, signal } = this.#options;
    if (signal.aborted) return 0;
    const left = entries === undefined ? BATCH : entries - this.#given;
    const untilDue =
      reconfigureEvery === undefined ? BATCH : reconfigureEvery - (this.#given % reconfigureEvery);
    return Math.min(BATCH, left, untilDue);
  }

  /** Answers whether to go on. */
  async #appendBatch(size: number): Promise<boolean> {
    const payloads = Array.from({ length: size }, (_, place) => this.#payload(this.#given + place));
    this.#given += size;
    try {
      const result = await this.#options.log.append(payloads);
      await this.#record(result, payloads);
      return true;
    } catch (error) {
      if (!isFailedAppend(error)) throw error;
      this.#failed += size;
      this.#options.reporter.warn(error.message);
      if (this.#options.entries !== undefined) return false;
      await this.#options.clock.sleep(RETRY_MS, this.#options.signal).catch(() => undefined);
      return true;
    }
  }

  async #record(result: AppendResult, payloads: readonly Uint8Array[]): Promise<void> {
    const acked = result.positions.slice(0, acknowledgedOf(result));
    const log = this.#options.logId === '1' ? {} : { log: this.#options.logId };
    const at = this.#options.clock.now();
    const lines = acked.map((position, place) => {
      const digest = sha256(payloads[place] ?? new Uint8Array());
      return `${JSON.stringify({ position: String(position), sha256: digest, at, ...log })}\n`;
    });
    await orDiskError(this.#options.ackedFile, async () => {
      await this.#file.appendFile(lines.join(''));
      await this.#file.datasync();
    });
    this.#acknowledged += acked.length;
    this.#first ??= acked[0] ?? null;
    this.#last = acked.at(-1) ?? this.#last;
    if (result.outcome === 'partial') this.#failed += result.missing;
    if (result.outcome === 'unknown') this.#unknown += payloads.length - acked.length;
  }

  async #reconfigureIfDue(): Promise<void> {
    const { reconfigureEvery, entries, log, reporter, signal } = this.#options;
    const isDue = reconfigureEvery !== undefined && this.#given % reconfigureEvery === 0;
    if (!isDue || this.#given === entries || signal.aborted) return;
    try {
      await log.reconfigure();
      this.#reconfigurations += 1;
    } catch (error) {
      // The load goes on in the loglet that there is: appends do not need the MetaStore.
      if (!(error instanceof DrError) && !isPortError(error)) throw error;
      reporter.warn(`not reconfigured: ${error.message}`);
    }
  }

  #payload(number: number): Uint8Array {
    const text = `entry ${number} of load ${this.#options.loadId} in log ${this.#options.logId} `;
    return Buffer.from(text.padEnd(this.#options.sizeBytes, '.'));
  }
}

function isFailedAppend(error: unknown): error is DrError {
  return error instanceof DrError && (error.code === 'E_APPEND_FAILED' || error.code === 'E_UNREACHABLE');
}
