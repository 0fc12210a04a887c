import { Remembered } from './remembered.ts';

const REMEMBERED = 16;
/** Characters: what longer ones decode to would hold memory that is worth more than the time. */
const LONGEST = 256 * 1024;

/**
 * The last values that texts were decoded to. The same text decodes to the same value, and values never change: a register is
 * read several times before it moves, and every store of a nodeset answers alike.
 */
export class SameText<T extends object> {
  readonly #values = new Remembered<T>(REMEMBERED);

  /** What `decode` throws is not remembered. */
  take(text: string, decode: () => T): T {
    const before = this.#values.get(text);
    if (before !== undefined) return before;
    const value = decode();
    if (text.length <= LONGEST) this.#values.set(text, value);
    return value;
  }
}
