/** The values asked for last, so that whoever reads on does not fetch again. One that failed is asked for anew. */
export class Recent<K, V> {
  readonly #most: number;
  readonly #held = new Map<K, Promise<V>>();

  constructor(most: number) {
    this.#most = most;
  }

  async get(key: K, load: () => Promise<V>): Promise<V> {
    const held = this.#held.get(key) ?? load();
    this.#held.delete(key);
    this.#held.set(key, held);
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= this.#most) break;
      this.#held.delete(oldest);
    }
    try {
      return await held;
    } catch (error) {
      if (this.#held.get(key) === held) this.#held.delete(key);
      throw error;
    }
  }
}
