/**
 * The values of the last keys: of so many at least, of twice as many at most. Forgotten in two halves, each as one: which of
 * many is the oldest would cost more to know than they are worth.
 */
export class Remembered<T extends object> {
  readonly #keys: number;
  #recent = new Map<string, T>();
  #before = new Map<string, T>();

  constructor(keys: number) {
    this.#keys = keys;
  }

  get(key: string): T | undefined {
    const value = this.#recent.get(key);
    if (value !== undefined) return value;
    const before = this.#before.get(key);
    if (before !== undefined) this.set(key, before);
    return before;
  }

  set(key: string, value: T): void {
    if (this.#recent.size >= this.#keys && !this.#recent.has(key)) {
      this.#before = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(key, value);
  }
}
