import { describe, expect, it } from 'vitest';
import { serverId, storeId } from '../../../src/core/ids.ts';
import { committedLowerBound, foreseenAtSeal, inferTail } from '../../../src/core/tail.ts';

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

describe('open copies, asked one after the other while entries are appended', () => {
  const open = (name: string, localTail: bigint, knownCommitted: bigint) => ({
    serverId: serverId(name),
    localTail,
    knownCommitted,
  });
  const tailOf = (...answers: Parameters<typeof foreseenAtSeal>[0]) =>
    inferTail(loglet, foreseenAtSeal(answers));

  it('contradict nobody: what the last one knows has reached the others since', () => {
    expect(tailOf(open('a', 97n, 95n), open('b', 98n, 96n), open('c', 100n, 100n))).toEqual({
      ...{ kind: 'tail', tail: 100n, committed: 100n, repairable: true },
    });
  });

  it('a sealed copy has its tail: one that is short of what was acknowledged is a loss', () => {
    const answers = [sealed('a', 97n), sealed('b', 98n), open('c', 100n, 100n)];
    expect(tailOf(...answers)).toMatchObject({
      tail: 98n,
      contradiction: { from: 98n, to: 100n, said: 'c' },
    });
  });
});

describe('a close record, whose successor was left out since', () => {
  const all = { ...loglet, durability: { kind: 'all' } } as const;
  const closed = (name: string, localTail: bigint, closedAt: bigint) => ({
    ...sealed(name, localTail),
    ...{ knownCommitted: closedAt, closedAt },
  });

  it('tells a final end, which a copy that was not repaired yet does not lower', () => {
    const inferred = inferTail(all, [closed('a', 6n, 6n), closed('b', 3n, 6n), sealed('c', 6n)]);
    expect(inferred).toMatchObject({ tail: 6n });
    expect(inferred).not.toHaveProperty('contradiction');
  });

  it('and where nobody holds what it ended, that is lost', () => {
    const inferred = inferTail(all, [closed('a', 5n, 6n), closed('b', 3n, 6n), sealed('c', 6n - 1n)]);
    expect(inferred).toMatchObject({ tail: 3n, contradiction: { from: 3n, to: 6n } });
  });
});
