import { type FSWatcher, watch } from 'node:fs';

/** Network file systems tell nobody of changes, and watches run out: the directory is looked at this often anyway. */
const LOOK_AGAIN_MS = 500;

/** Wakes whoever waits for a change in a directory, which may not exist yet. */
export class DirectoryChanges {
  readonly #dir: string;
  readonly #signal: AbortSignal;
  #watcher: FSWatcher | undefined;
  #isChanged = false;
  #wake: () => void = () => {};

  constructor(dir: string, signal: AbortSignal) {
    this.#dir = dir;
    this.#signal = signal;
    signal.addEventListener('abort', this.#changed);
  }

  /** Resolves at once when something changed since the last call. May resolve when nothing did. */
  async next(): Promise<void> {
    this.#listen();
    if (!this.#isChanged && !this.#signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_AGAIN_MS);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#isChanged = false;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#changed);
    this.#watcher?.close();
  }

  #listen(): void {
    if (this.#watcher !== undefined) return;
    try {
      this.#watcher = watch(this.#dir, this.#changed);
      this.#watcher.on('error', () => {
        this.#watcher?.close();
        this.#watcher = undefined;
      });
    } catch {
      // Not there, or no watch left: the timer does it.
    }
  }

  #changed = (): void => {
    this.#isChanged = true;
    this.#wake();
  };
}
