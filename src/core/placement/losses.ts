import { type Location, zoneOf } from '../durability.ts';

/** What fails together, the widest first. A domain is named whole: region `eu`, zone `eu/a`, rack `eu/a/r1`, server `s1`. */
export const LEVELS = ['region', 'zone', 'rack', 'server'] as const;
export type Level = (typeof LEVELS)[number];

/** A LogServer or a member of the MetaStore. One whose location nobody configured may stand anywhere. */
export interface Placed {
  readonly id: string;
  readonly location?: Location;
}

/** Several domains of one level, lost at once. */
export interface Loss {
  readonly level: Level;
  readonly names: readonly string[];
}

/** `undefined` where the location does not say. */
export function domainOf(level: Level, { id, location }: Placed): string | undefined {
  if (level === 'server') return id;
  if (location === undefined) return undefined;
  const [region, , rack] = location.split('/');
  switch (level) {
    case 'region':
      return region;
    case 'zone':
      return zoneOf(location);
    case 'rack':
      return rack === undefined ? undefined : location;
  }
}

/** The domains of a level, each with what stands in it, in the order in which they come. */
export function domainsOf<T extends Placed>(level: Level, all: readonly T[]): Map<string, T[]> {
  const domains = new Map<string, T[]>();
  for (const one of all) {
    const name = domainOf(level, one);
    if (name !== undefined) domains.set(name, [...(domains.get(name) ?? []), one]);
  }
  return domains;
}

/** *Not known* where a place is lost and nobody configured where this one stands. */
export function isLost(one: Placed, losses: readonly Loss[]): boolean | 'unknown' {
  const names = losses.map((loss) => ({ loss, name: domainOf(loss.level, one) }));
  if (names.some(({ loss, name }) => name !== undefined && loss.names.includes(name))) return true;
  const isPlaceless =
    one.location === undefined && losses.some((loss) => loss.level !== 'server' && loss.names.length > 0);
  return isPlaceless ? 'unknown' : false;
}

/** `zone eu/a and eu/b; server s1`. */
export function describeLosses(losses: readonly Loss[]): string {
  return losses
    .filter(({ names }) => names.length > 0)
    .map(({ level, names }) => `${level} ${names.join(' and ')}`)
    .join('; ');
}
