/** Numbers from a seed (sfc32). Each part of a world draws from its own stream, so that one more draw here moves nothing there. */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: number, stream: string) {
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
    for (let at = 0; at < stream.length; at += 1)
      mixed = Math.imul(mixed ^ stream.charCodeAt(at), 0x01000193) >>> 0;
    this.#a = mixed;
    this.#b = seed >>> 0;
    this.#c = Math.imul(mixed ^ seed, 0xc2b2ae35) >>> 0;
    for (let round = 0; round < 12; round += 1) this.#bits();
  }

  #bits(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    return this.#bits() / 4_294_967_296;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** A whole number in [from, to], both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  pick<T>(all: readonly T[]): T {
    const one = all[this.below(all.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** So many of them, in a drawn order. */
  some<T>(all: readonly T[], count: number): T[] {
    const left = [...all];
    const taken: T[] = [];
    while (taken.length < count && left.length > 0) taken.push(...left.splice(this.below(left.length), 1));
    return taken;
  }
}

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID of a moment: ten digits of time, sixteen drawn. */
export function ulidAt(now: number, rng: Rng): string {
  let rest = now;
  let time = '';
  for (let digit = 0; digit < 10; digit += 1) {
    time = (ALPHABET[rest % 32] ?? '0') + time;
    rest = Math.floor(rest / 32);
  }
  let drawn = '';
  for (let digit = 0; digit < 16; digit += 1) drawn += ALPHABET[rng.below(32)] ?? '0';
  return time + drawn;
}

export function uuidFrom(rng: Rng): string {
  const hex = (length: number): string => {
    let text = '';
    for (let digit = 0; digit < length; digit += 1) text += rng.below(16).toString(16);
    return text;
  };
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
