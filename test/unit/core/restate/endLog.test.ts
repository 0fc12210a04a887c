import { describe, expect, test } from 'vitest';
import { endOfLog, holesIn } from '../../../../src/core/restate/endLog.ts';
import type { LogletAnswer } from '../../../../src/core/restate/logletLook.ts';
import { copy, node, segment } from '../../../support/restate/evidence.ts';

const loglet = segment(0, 3, 101n);
if (loglet.kind !== 'replicated') throw new Error('the case is about a loglet');
const nodes = [node(1), node(2), node(3)];

function answer(nodeId: number, told: string, records: [number, number][] = []): LogletAnswer {
  return {
    nodeId,
    copy: copy(0, 3, told),
    records: records.map(([from, to]) => ({ from: BigInt(from), to: BigInt(to) })),
  };
}

const applied = (nodeId: number, lsn: bigint) => ({
  partitionId: 0,
  node: { id: nodeId, generation: 1 },
  leads: true,
  replay: 'active',
  appliedLsn: lsn,
});

const end = (answers: LogletAnswer[], replicas: ReturnType<typeof applied>[] = [], given = nodes) =>
  endOfLog(loglet, { nodes: given, answers, replicas });

describe('how a log can be ended', () => {
  test('two of three are an f-majority of {node: 2}', () => {
    expect(end([answer(1, 'open 11/11'), answer(2, 'open 9/9')])).toMatchObject({
      majority: 'yes',
      silent: [3],
    });
  });

  test('one of three is none; either of the others would settle it', () => {
    expect(end([answer(1, 'open 11/9')])).toMatchObject({
      majority: 'no',
      silent: [2, 3],
      wouldSettle: [['N2'], ['N3']],
    });
  });

  test('given up, it ends at the highest record that anybody has stored', () => {
    expect(end([answer(1, 'open 11/9')])).toMatchObject({ acceptedTail: 111n, committed: 109n });
  });

  test('and never below what a partition has applied: used numbers are not given to other records', () => {
    expect(end([answer(1, 'open 11/9')], [applied(1, 120n)])).toMatchObject({ acceptedTail: 121n });
  });

  test('nodes that were declared lost are asked for no more', () => {
    const disabled = nodes.map((one) => (one.id === 1 ? one : { ...one, storageState: 'disabled' as const }));
    expect(end([answer(1, 'sealed 11/11')], [], disabled)).toMatchObject({ majority: 'yes', silent: [] });
  });

  test('a node that lost its data counts, and is said to', () => {
    const lossy = nodes.map((one) => (one.id === 2 ? { ...one, storageState: 'data-loss' as const } : one));
    expect(end([answer(1, 'open 11/11'), answer(2, 'open 1/1')], [], lossy).majority).toBe('with risk');
  });
});

describe('records that nobody who answers holds', () => {
  const holes = (answers: LogletAnswer[], until: bigint) =>
    holesIn(loglet, answers, until).map(({ from, to }) => [from, to]);

  test.each([
    ['none', [answer(1, 'open 11/11', [[1, 11]])], 111n, []],
    [
      'between the copies of two nodes',
      [answer(1, 'open 5/5', [[1, 5]]), answer(2, 'open 11/11', [[7, 11]])],
      111n,
      [[105n, 107n]],
    ],
    ['below the first', [answer(1, 'open 11/11', [[4, 11]])], 111n, [[101n, 104n]]],
    ['up to where a successor begins', [answer(1, 'open 5/5', [[1, 5]])], 111n, [[105n, 111n]]],
    ['trimmed ones are none', [answer(1, 'open 11/11 trim 3', [[4, 11]])], 111n, []],
    ['copies beyond the end do not matter', [answer(1, 'open 20/11', [[1, 20]])], 111n, []],
  ] as const)('%s', (_, answers, until, expected) => {
    expect(holes([...answers], until)).toEqual(expected);
  });
});
