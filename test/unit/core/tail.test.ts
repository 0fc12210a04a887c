import { describe, expect, it } from 'vitest';
import { serverId, storeId } from '../../../src/core/ids.ts';
import { committedLowerBound, inferTail } from '../../../src/core/tail.ts';

const member = (name: string) => ({ serverId: serverId(name), storeId: storeId(name), location: 'r/z' });
const loglet = {
  start: 0n,
  nodeset: [member('a'), member('b'), member('c')],
  durability: { kind: 'count', copies: 2 },
} as const;
const sealed = (name: string, localTail: bigint, tailAtSeal = localTail) => ({
  serverId: serverId(name),
  localTail,
  tailAtSeal,
  knownCommitted: 0n,
});

describe('two reconfigurers hear different survivors of one loglet', () => {
  // a stored up to 5, b and c up to 3; two copies make an entry durable.
  it('may infer different tails, and both are right: nothing above 3 was acknowledged', () => {
    expect(inferTail(loglet, [sealed('b', 3n), sealed('c', 3n)])).toMatchObject({ tail: 3n });
    expect(inferTail(loglet, [sealed('a', 5n), sealed('b', 3n)])).toMatchObject({ tail: 5n });
  });

  it('what the one repaired is not determined: the other may install the smaller boundary', () => {
    const repaired = [sealed('a', 5n), sealed('b', 5n, 3n)];
    expect(committedLowerBound(loglet, repaired)).toBe(3n);
    expect(committedLowerBound(loglet, [sealed('a', 5n), sealed('b', 5n)])).toBe(5n);
  });
});
