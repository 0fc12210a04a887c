/** Of short texts many may be worth keeping; of long ones what they decode to would hold memory worth more than the time. */
export interface Remembering {
  /** So many texts at least, twice as many at most. */
  readonly texts: number;
  /** Characters. */
  readonly longest: number;
}

const FEW: Remembering = { texts: 16, longest: 256 * 1024 };

/**
 * The last values that texts were decoded to. The same text decodes to the same value, and values never change: a register is
 * read several times before it moves, and every store of a nodeset answers alike.
 */
export class SameText<T extends object> {
  readonly #limit: Remembering;
  #recent = new Map<string, T>();
  /** Forgotten as one: which of many texts is the oldest would cost more to know than they are worth. */
  #before = new Map<string, T>();

  constructor(limit: Remembering = FEW) {
    this.#limit = limit;
  }

  /** What `decode` throws is not remembered. */
  take(text: string, decode: () => T): T {
    const known = this.#recent.get(text);
    if (known !== undefined) return known;
    const value = this.#before.get(text) ?? decode();
    if (text.length <= this.#limit.longest) this.#remember(text, value);
    return value;
  }

  #remember(text: string, value: T): void {
    if (this.#recent.size >= this.#limit.texts) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(text, value);
  }
}
