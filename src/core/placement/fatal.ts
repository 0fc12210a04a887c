import { domainsOf, type Level, type Loss, type Placed } from './losses.ts';

/** How many minimal losses are listed of one level: more would not help a person choose. */
const LISTED = 64;
/** A search that has looked at so many sets says that it did not see all. */
const LOOKED_AT = 20_000;

export interface FatalLosses {
  /** Smallest first. None contains another. */
  readonly losses: readonly Loss[];
  /** False: there are more than are listed. */
  readonly complete: boolean;
}

/**
 * The minimal sets of domains of one level whose loss is fatal. `isFatal` is monotone: what is lost on top of a fatal
 * loss changes nothing.
 */
export function minimalFatalLosses<T extends Placed>(
  level: Level,
  all: readonly T[],
  isFatal: (lost: readonly T[]) => boolean,
): FatalLosses {
  const domains = [...domainsOf(level, all)];
  const losing = (places: readonly number[]) => isFatal(places.flatMap((place) => domains[place]?.[1] ?? []));
  const found: number[][] = [];
  let looks = 0;
  /** Sets that begin with `chosen`, and go on with domains from `next` on. */
  const search = (chosen: readonly number[], next: number): void => {
    looks += 1;
    if (looks > LOOKED_AT || found.length >= LISTED) return;
    if (losing(chosen)) {
      if (chosen.every((one) => !losing(chosen.filter((other) => other !== one)))) found.push([...chosen]);
      return;
    }
    const rest = domains.map((_, place) => place).slice(next);
    // Not even all that could still be added is fatal.
    if (rest.length === 0 || !losing([...chosen, ...rest])) return;
    search([...chosen, next], next + 1);
    search(chosen, next + 1);
  };
  search([], 0);
  return {
    losses: found
      .sort((a, b) => a.length - b.length)
      .map((places) => ({ level, names: places.map((place) => domains[place]?.[0] ?? '') })),
    complete: looks <= LOOKED_AT && found.length < LISTED,
  };
}
