import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { StoreFullError } from '../store.ts';

/** Kept free inside the file for seals and other small commits. */
const CONTROL_BYTES = 4 * 1024 * 1024;
const GROWTH_BYTES = 8 * 1024 * 1024;
const ZEROS = Buffer.alloc(256 * 1024);

/**
 * Room that the store's file has beyond what it uses. The file is grown with zeros *before* entries are written into
 * it, so a full disk shows here, where refusing is easy, and not in the middle of a commit; and seals keep a reserve
 * that entries cannot take.
 */
export class Reserve {
  readonly #file: number;

  constructor(path: string) {
    // Append only: LMDB grows the file too, and no zero may ever fall on one of its pages.
    this.#file = openSync(path, 'a');
  }

  /** Makes room for entries of this size beyond `usedBytes`. Throws `StoreFullError`; nothing is lost then. */
  makeRoom(usedBytes: number, entryBytes: number): void {
    const needed = usedBytes + entryBytes + CONTROL_BYTES;
    if (this.#size() >= needed) return;
    try {
      this.#grow(needed + GROWTH_BYTES);
    } catch (error) {
      // Whatever was written of the growth is room all the same.
      if (this.#size() >= needed) return;
      throw new StoreFullError(`no room for ${entryBytes} bytes: ${(error as Error).message}`);
    }
  }

  close(): void {
    closeSync(this.#file);
  }

  #size(): number {
    return fstatSync(this.#file).size;
  }

  #grow(target: number): void {
    for (let missing = target - this.#size(); missing > 0; ) {
      missing -= writeSync(this.#file, ZEROS, 0, Math.min(missing, ZEROS.length));
    }
  }
}
