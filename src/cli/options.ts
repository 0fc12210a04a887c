import { DrError } from '../core/errors.ts';
import { type LogId, logId } from '../core/ids.ts';

/** The options of one command line, read with their type; a wrong value is a usage error that names its flag. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** The same, as if these had been given too. */
  with(values: Readonly<Record<string, unknown>>): Options {
    return new Options({ ...this.#values, ...values });
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  /** Every use of a repeatable option. */
  texts(name: string): readonly string[] {
    const value = this.#values[name];
    if (Array.isArray(value)) return value.map(String);
    return typeof value === 'string' ? [value] : [];
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw usageError(`${flagOf(name)} is needed.`);
    return value;
  }

  /** A whole number from `least` on. */
  count(name: string, least = 0): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw usageError(`${flagOf(name)} takes a whole number from ${least} on, not ${JSON.stringify(text)}.`);
    }
    return value;
  }

  position(name: string): bigint | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,19}$/.test(text) || BigInt(text) >= 1n << 63n) {
      throw usageError(`${flagOf(name)} takes a position, not ${JSON.stringify(text)}.`);
    }
    return BigInt(text);
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one === text);
    if (found === undefined) {
      throw usageError(`${flagOf(name)} takes ${allowed.join(', ')}, not ${JSON.stringify(text)}.`);
    }
    return found;
  }
}

/** The name of a log as it was typed: nothing is asked about one that no log can have. */
export function logIdOf(name: string): LogId {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) return logId(name);
  throw usageError(
    `A log's name has letters, digits, dot, dash and underscore only, not ${JSON.stringify(name)}.`,
  );
}

export function usageError(message: string): DrError {
  return new DrError('E_USAGE', { message: `${message} Nothing was done.` });
}

/** `reconfigureEvery` → `--reconfigure-every`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
