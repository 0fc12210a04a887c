/**
 * What the test itself knows to be acknowledged, kept outside of everything that is tested. An append that did not end
 * well is not in it: whether it is in the log is for the log to say, once and for all.
 */
export class Ledger {
  readonly #acknowledged = new Map<bigint, string>();
  #numbered = 0;

  /** Texts that no other entry has. */
  next(count: number): string[] {
    return Array.from({ length: count }, () => {
      this.#numbered += 1;
      return `entry ${this.#numbered} ${'·'.repeat(this.#numbered % 40)}`;
    });
  }

  acknowledge(position: bigint, text: string): void {
    const before = this.#acknowledged.get(position);
    if (before !== undefined)
      throw new Error(`position ${position} was acknowledged twice: "${before}", "${text}"`);
    this.#acknowledged.set(position, text);
  }

  get entries(): ReadonlyMap<bigint, string> {
    return this.#acknowledged;
  }
}
