import { randomInt, randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulidx';
import type { Random } from '../../ports/Random.ts';

/** The machine's source of randomness. ULIDs of one process ascend. */
export function systemRandom(): Random {
  const nextUlid = monotonicFactory();
  return { ulid: () => nextUlid(), uuid: () => randomUUID(), below: (bound) => randomInt(bound) };
}
