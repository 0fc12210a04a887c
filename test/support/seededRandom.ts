import type { Random } from '../../src/ports/Random.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The same numbers for the same seed (xorshift32); ids count up, so that two are never the same. */
export class SeededRandom implements Random {
  #state: number;
  #ids = 0;

  constructor(seed = 1) {
    this.#state = seed * 2_654_435_761 || 1;
  }

  ulid(): string {
    this.#ids += 1;
    let rest = this.#ids;
    let tail = '';
    for (let digit = 0; digit < 16; digit += 1) {
      tail = (ALPHABET[rest % 32] ?? '0') + tail;
      rest = Math.floor(rest / 32);
    }
    return `01JD000000${tail}`;
  }

  uuid(): string {
    this.#ids += 1;
    return `00000000-0000-4000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }
}
