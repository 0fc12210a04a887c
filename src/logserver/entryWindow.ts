import type { Entry } from '../core/entry.ts';
import type { Position } from '../core/ids.ts';

/** The entries that a sequencer still keeps, consecutive in [base, end). */
export class EntryWindow {
  #entries: Entry[] = [];
  #base: Position;
  #sizeBytes = 0;

  constructor(base: Position) {
    this.#base = base;
  }

  get base(): Position {
    return this.#base;
  }

  get end(): Position {
    return this.#base + BigInt(this.#entries.length);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  push(payload: Uint8Array, crc: number): void {
    this.#entries.push({ position: this.end, payload, crc });
    this.#sizeBytes += payload.length;
  }

  /** From `from` on, as many as fit, at least one if there is one. */
  slice(from: Position, limits: { readonly bytes: number; readonly entries: number }): Entry[] {
    const first = Number(from - this.#base);
    const taken: Entry[] = [];
    let room = limits.bytes;
    for (const entry of this.#entries.slice(first, first + limits.entries)) {
      room -= entry.payload.length;
      if (taken.length > 0 && room < 0) break;
      taken.push(entry);
    }
    return taken;
  }

  /** Forgets what lies below a position, once that is half of what is kept: the cost for each entry stays constant. */
  release(below: Position): void {
    const count = Number(below - this.#base);
    if (count <= 0 || count * 2 < this.#entries.length) return;
    for (const entry of this.#entries.splice(0, count)) this.#sizeBytes -= entry.payload.length;
    this.#base = below;
  }
}
