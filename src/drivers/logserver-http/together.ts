/** How a kind of call shares its requests. */
export interface Sharing<Item, Result> {
  /** One request for all of them; answers in their order. What it throws is every caller's. */
  readonly send: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** Which part of the largest request it takes. One that is larger than all of it goes alone. */
  readonly weigh: (item: Item) => number;
  /** Whether two may share a request; all may unless told. */
  readonly alike?: (first: Item, other: Item) => boolean;
}

/** Two: one is on its way while the server works on the other. */
const UNDER_WAY = 2;
/** A request that takes longer may never be answered: the next one does not wait for it. */
const LONGEST_WAIT_MS = 20;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls that are made while requests are under way share the next request, so that a thousand callers cost a few round
 * trips and one caller waits for nobody. An item is in one request only, and in the order of the calls within it.
 */
export class Together<Item, Result> {
  readonly #sharing: Sharing<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #underWay = 0;
  #begun = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(sharing: Sharing<Item, Result>) {
    this.#sharing = sharing;
  }

  ask(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#underWay >= UNDER_WAY) this.#timer ??= setTimeout(() => this.#overtake(), LONGEST_WAIT_MS);
      else if (!this.#begun) this.#begin();
    });
  }

  /** A little later, so that calls which are made together go out together: an answer wakes many callers. */
  #begin(): void {
    this.#begun = true;
    const later = this.#underWay === 0 ? queueMicrotask : setImmediate;
    later(() => {
      this.#begun = false;
      while (this.#waiting.length > 0 && this.#underWay < UNDER_WAY) this.#sendNext();
    });
  }

  #overtake(): void {
    this.#timer = undefined;
    while (this.#waiting.length > 0) this.#sendNext();
  }

  #sendNext(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#underWay += 1;
    this.#send(this.#next()).finally(() => {
      this.#underWay -= 1;
      if (this.#waiting.length > 0 && !this.#begun) this.#begin();
    });
  }

  #next(): Waiting<Item, Result>[] {
    const { weigh, alike = () => true } = this.#sharing;
    const first = this.#waiting[0]?.item;
    let [count, weight] = [0, 0];
    for (const { item } of this.#waiting) {
      weight += weigh(item);
      if (count > 0 && (weight > 1 || !alike(first as Item, item))) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#sharing.send(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, place) => {
        const result = results[place];
        if (result === undefined) reject(new Error('a shared request has fewer answers than callers'));
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
