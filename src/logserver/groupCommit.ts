import { PortError } from '../core/errors.ts';
import type { CommandKind, Commands, Replies } from './machine/commands.ts';
import { step } from './machine.ts';
import { Overlay } from './overlay.ts';
import { RecentRecords } from './recentRecords.ts';
import type { View, Write } from './records.ts';
import { type LogStore, StoreFullError } from './store.ts';

interface Waiting {
  readonly sizeBytes: number;
  /** Runs the command against the batch's view; what it returns is called once the batch is durable. */
  readonly run: (view: Overlay) => { readonly writes: readonly Write[]; readonly settle: () => void };
  readonly full: (detail: string) => void;
  readonly fail: (error: unknown) => void;
}

const BATCH_BYTES = 32 * 1024 * 1024;
const BATCH_COMMANDS = 1_024;

/**
 * Group commit: 1. take the commands that arrived while the last batch was being written, 2. run each against the
 * store as the ones before it will leave it, 3. make all their writes durable in one commit, 4. only then answer.
 * A crash before 3 ends leaves nothing of the batch, and nobody was told otherwise.
 */
export class GroupCommit {
  readonly #store: LogStore;
  readonly #recent: RecentRecords;
  readonly #observe: (batch: { readonly commands: number; readonly writes: number }) => void;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #failure: PortError | undefined;

  constructor(
    store: LogStore,
    observe: (batch: { readonly commands: number; readonly writes: number }) => void = () => {},
  ) {
    this.#store = store;
    this.#recent = new RecentRecords(store);
    this.#observe = observe;
  }

  /** Set once a commit failed in an unknown way: the store is not touched again by this process. */
  get failure(): PortError | undefined {
    return this.#failure;
  }

  /** What is committed, at little cost. */
  get view(): View {
    return this.#recent;
  }

  submit<Kind extends CommandKind>(
    kind: Kind,
    command: Commands[Kind],
    options: { readonly full: (detail: string) => Replies[Kind]; readonly sizeBytes?: number },
  ): Promise<Replies[Kind]> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#queue.push({
        sizeBytes: options.sizeBytes ?? 0,
        run: (view) => {
          const { reply, writes } = step(view, kind, command);
          return { writes, settle: () => resolve(reply) };
        },
        full: (detail) => resolve(options.full(detail)),
        fail: reject,
      });
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when everything submitted so far has been answered. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    // One turn later, so that commands which arrive together share the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#commit(this.#take());
    this.#running = undefined;
  }

  #take(): Waiting[] {
    let room = BATCH_BYTES;
    let count = 0;
    for (const waiting of this.#queue) {
      room -= waiting.sizeBytes;
      if (count > 0 && (room < 0 || count >= BATCH_COMMANDS)) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    if (this.#failure) {
      for (const waiting of batch) waiting.fail(this.#failure);
      return;
    }
    const { writes, settled } = this.#runAll(batch);
    try {
      if (writes.length > 0) await this.#store.commit(writes);
      this.#recent.committed(writes);
      this.#observe({ commands: batch.length, writes: writes.length });
      for (const { settle } of settled) settle();
    } catch (error) {
      if (error instanceof StoreFullError) await this.#oneByOne(settled, error);
      else this.#failAll(settled, error);
    }
  }

  #runAll(batch: readonly Waiting[]): {
    writes: Write[];
    settled: { waiting: Waiting; settle: () => void }[];
  } {
    const view = new Overlay(this.#recent);
    const writes: Write[] = [];
    const settled: { waiting: Waiting; settle: () => void }[] = [];
    for (const waiting of batch) {
      try {
        const ran = waiting.run(view);
        view.apply(ran.writes);
        for (const write of ran.writes) writes.push(write);
        settled.push({ waiting, settle: ran.settle });
      } catch (error) {
        waiting.fail(error);
      }
    }
    return { writes, settled };
  }

  /** A batch that does not fit may hold a seal that does: entries must not push it aside. */
  async #oneByOne(settled: readonly { waiting: Waiting }[], error: StoreFullError): Promise<void> {
    if (settled.length === 1) settled[0]?.waiting.full(error.message);
    else for (const { waiting } of settled) await this.#commit([waiting]);
  }

  #failAll(settled: readonly { waiting: Waiting }[], cause: unknown): void {
    this.#recent.forget();
    const failed = { subject: 'LogServer store', cause };
    const unknown = new PortError('outcomeUnknown', {
      ...failed,
      message: 'a commit failed; after a restart the store holds either all of it or nothing',
    });
    this.#failure = new PortError('unavailable', {
      ...failed,
      message: 'an earlier commit failed; this process touches the store no more',
    });
    for (const { waiting } of settled) waiting.fail(unknown);
  }
}
