import { PortError } from '../../core/errors.ts';
import { type RegisterSet, type RegisterValue, sameSet } from '../../core/registerSet.ts';

/** Registers change with reconfigurations and elections: seconds apart, not milliseconds. */
const TRIES = 50;

/**
 * Several registers as they stood at one moment, where the engine has no read over all: read twice, until nothing
 * moved between the two.
 */
export async function readUntilStill(
  store: { get(key: string): Promise<RegisterValue | undefined> },
  names: () => Promise<readonly string[]>,
): Promise<RegisterSet> {
  let before = await readOnce(store, await names());
  for (let tries = 0; tries < TRIES; tries += 1) {
    const again = await readOnce(store, await names());
    if (sameSet(before, again)) return again;
    before = again;
  }
  throw new PortError('conflict', {
    subject: 'read all registers',
    message: `they never stood still while they were read ${TRIES} times. Nothing was changed`,
    isTransient: true,
  });
}

async function readOnce(
  store: { get(key: string): Promise<RegisterValue | undefined> },
  names: readonly string[],
): Promise<RegisterSet> {
  const read = await Promise.all(names.map(async (name) => [name, await store.get(name)] as const));
  return new Map(read.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}
