/** How a test makes the calls of a port go wrong: by name, before or after they had their effect. */
type Call = (...args: unknown[]) => unknown;

/** The client's process died: nobody catches this. */
export class Killed extends Error {
  constructor() {
    super('killed');
  }
}

/** The same object, with every call of a method led through `around`. */
export function around<T extends object>(target: T, lead: (name: string, call: () => unknown) => unknown): T {
  return new Proxy(target, {
    get(object, name) {
      const member = Reflect.get(object, name) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => lead(String(name), () => Reflect.apply(member as Call, object, args));
    },
  });
}

/**
 * A life of so many calls over all the ports that share it. The last one happens or not, and from then on every call
 * dies: whatever was in flight, the process does nothing more.
 */
export class Life {
  #left: number;
  readonly #lastHappens: boolean;
  calls = 0;

  constructor(calls: number, lastHappens: boolean) {
    this.#left = calls;
    this.#lastHappens = lastHappens;
  }

  get ended(): boolean {
    return this.#left < 0;
  }

  of<T extends object>(port: T): T {
    return around(port, (_, call) => this.#spend(call));
  }

  #spend(call: () => unknown): unknown {
    this.calls += 1;
    this.#left -= 1;
    if (this.#left >= 0) return call();
    if (this.#left < -1 || !this.#lastHappens) return died();
    const done = call();
    if (!(done instanceof Promise)) return died();
    return done.then(died);
  }
}

/** As a port's calls fail: a promise that rejects, which is an iterable that fails as well. */
function died(): unknown {
  const rejected = Promise.reject(new Killed());
  return Object.assign(rejected, { [Symbol.asyncIterator]: () => ({ next: () => rejected }) });
}
