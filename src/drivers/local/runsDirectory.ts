import { type FileHandle, open, readdir, readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { JournalRecord, RunHead } from '../../codec/journal.ts';
import { DrError } from '../../core/errors.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { Random } from '../../ports/Random.ts';
import { createJournal, type JournalSink } from '../../runs/journal.ts';
import { decodeJournal, encodeRecord, summarize } from '../../runs/journalText.ts';
import type { OpenRun, RunStore, RunSummary } from '../../runs/runStore.ts';
import { makeDirectory, syncDirectory } from '../wrap/durableFile.ts';
import { createFile, diskError, errorCode, orDiskError } from './durableFiles.ts';
import { acquireLock, currentHolder, type RunLock } from './runLock.ts';

/** Runs of one cluster under `<stateDir>/runs/<ulid>/{plan.json, journal.jsonl}`, with the lock beside them. */
export function runsDirectory(options: {
  readonly stateDir: string;
  readonly clock: Clock;
  readonly random: Random;
}): RunStore {
  return new RunsDirectory(options);
}

class RunsDirectory implements RunStore {
  readonly #runs: string;
  readonly #lock: string;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(options: { readonly stateDir: string; readonly clock: Clock; readonly random: Random }) {
    this.#runs = join(options.stateDir, 'runs');
    this.#lock = join(options.stateDir, 'lock');
    this.#clock = options.clock;
    this.#random = options.random;
  }

  async open(run: Parameters<RunStore['open']>[0], planJson: string): Promise<OpenRun> {
    const runId = this.#random.ulid();
    const lock = await acquireLock(this.#lock, runId);
    try {
      const directory = join(this.#runs, runId);
      await orDiskError(directory, () => makeDirectory(directory));
      await createFile(join(directory, 'plan.json'), planJson);
      const by = operatorName();
      const head: RunHead = { type: 'run', schemaVersion: 1, runId, ...run, by, at: this.#clock.now() };
      const file = await JournalFile.open(this.#journalPath(runId));
      await file.append(head);
      await syncDirectory(directory);
      return this.#openRun(runId, file, lock, []);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async resume(runId: string): Promise<OpenRun & { readonly planJson: string; readonly head: RunHead }> {
    const lock = await acquireLock(this.#lock, runId);
    try {
      const { head, records, soundBytes, planJson } = await this.#read(runId);
      const file = await JournalFile.open(this.#journalPath(runId));
      // A cut last line must go: what is written next would otherwise make it a broken line in the middle.
      await file.truncate(soundBytes);
      await file.append({ type: 'resumed', at: this.#clock.now() });
      return { ...this.#openRun(runId, file, lock, records), planJson, head };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async list(): Promise<RunSummary[]> {
    const names = await readdir(this.#runs).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
    const summaries: RunSummary[] = [];
    for (const runId of names.filter((name) => /^[0-9A-Z]{26}$/.test(name)).sort()) {
      summaries.push(await this.#summary(runId));
    }
    return summaries;
  }

  async show(runId: string): ReturnType<RunStore['show']> {
    const { head, records, planJson } = await this.#read(runId);
    const isAlive = (await currentHolder(this.#lock)) === runId;
    return { head, records, planJson, summary: summarize(records, head, isAlive) };
  }

  async #summary(runId: string): Promise<RunSummary> {
    try {
      return (await this.show(runId)).summary;
    } catch (error) {
      if (!(error instanceof DrError)) throw error;
      return { runId, command: '', startedAt: 0, state: 'unreadable', stepsDone: 0, stepsBegun: 0 };
    }
  }

  async #read(runId: string): Promise<ReturnType<typeof decodeJournal> & { planJson: string }> {
    try {
      const text = await readFile(this.#journalPath(runId), 'utf8');
      const planJson = await readFile(join(this.#runs, runId, 'plan.json'), 'utf8');
      return { ...decodeJournal(text, runId), planJson };
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT') throw cause;
      throw new DrError('E_USAGE', {
        message: `There is no run ${runId} in ${this.#runs}. Nothing was done.`,
        hint: '`vlog-dr runs list` shows the runs of this machine.',
        cause,
      });
    }
  }

  #openRun(runId: string, file: JournalFile, lock: RunLock, earlier: readonly JournalRecord[]): OpenRun {
    const journal = createJournal({ runId, sink: file, clock: this.#clock, earlier });
    const finish = async (outcome: 'done' | 'failed' | 'interrupted') => {
      try {
        const end = file.append({ type: 'end', at: this.#clock.now(), outcome });
        // Of a run that failed its own error is told, also when that was the journal's.
        await (outcome === 'done' ? end : end.catch(() => undefined));
      } finally {
        await file.close();
        await lock.release();
      }
    };
    return { runId, journal, finish };
  }

  #journalPath(runId: string): string {
    return join(this.#runs, runId, 'journal.jsonl');
  }
}

/** Who answers for what is applied. A user without a name in the system is known by number. */
function operatorName(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}

/** Appends whole lines, one after the other, each durable before it is acknowledged. */
class JournalFile implements JournalSink {
  readonly #path: string;
  readonly #file: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string): Promise<JournalFile> {
    try {
      return new JournalFile(path, await open(path, 'a', 0o600));
    } catch (cause) {
      throw diskError(path, cause);
    }
  }

  append(record: JournalRecord): Promise<void> {
    const write = this.#last.then(async () => {
      await this.#file.appendFile(encodeRecord(record));
      await this.#file.datasync();
    });
    // After a failed write the file may end in half a line: nothing may follow it.
    this.#last = write;
    return write.catch((cause: unknown) => Promise.reject(diskError(this.#path, cause)));
  }

  async truncate(bytes: number): Promise<void> {
    await this.#file.truncate(bytes);
    await this.#file.datasync();
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.close();
  }
}
