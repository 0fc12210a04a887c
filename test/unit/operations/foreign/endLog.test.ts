import { describe, expect, test } from 'vitest';
import { endOfLog } from '../../../../src/core/restate/endLog.ts';
import type { EndLogSituation } from '../../../../src/operations/foreign/endLog/look.ts';
import { type EndLogWish, planEndLog } from '../../../../src/operations/foreign/endLog/plan.ts';
import { copy, FINGERPRINT, node, REPLICATION, segment } from '../../../support/restate/evidence.ts';

const nodes = [node(1), node(2), node(3)];

function situation(answering: readonly number[], more: Partial<EndLogSituation> = {}): EndLogSituation {
  const lookAt = (logId: number) => {
    const last = segment(logId, 0, 1n);
    if (last.kind !== 'replicated') throw new Error('a loglet');
    const answers = answering.map((nodeId) => ({ nodeId, copy: copy(logId, 0, 'open 11/9') }));
    return { logId, last, end: endOfLog(last, { nodes, answers, replicas: [] }), holes: [] };
  };
  const own = lookAt(0);
  return {
    ...own,
    store: { state: 'serves' },
    fingerprint: FINGERPRINT,
    nodes,
    answering: new Set(answering),
    chains: { version: 3, logs: new Map([[0, [own.last]]]), defaultReplication: REPLICATION },
    segments: [own.last],
    others: own.end.majority === 'no' ? [lookAt(1)] : [],
    ...more,
  };
}

function plan(
  given: EndLogSituation,
  wish: Partial<EndLogWish> = {},
  command: 'seal' | 'reconfigure' = 'reconfigure',
) {
  return planEndLog({
    command,
    cluster: { name: 'lab' },
    situation: given,
    wish: { lost: [], acceptLoss: new Set(), ...wish },
  });
}

const stepsOf = (of: ReturnType<typeof plan>) => of.actions.map(({ step }) => step);

describe('the store must take writes before anything is sealed', () => {
  test.each(['lost', 'empty'] as const)('a store that is %s: refused, with what would happen', (state) => {
    for (const command of ['seal', 'reconfigure'] as const) {
      const refused = plan(situation([1, 2, 3], { store: { state } }), {}, command);
      expect(refused.decision).toBe('refuse');
      expect(refused.problems.join()).toContain('seals on the log-servers first and writes the chain second');
    }
  });

  test('it is proven again as the first step', () => {
    expect(stepsOf(plan(situation([1, 2, 3])))).toEqual(['prove the store', 'extend', 'verify']);
    expect(stepsOf(plan(situation([1, 2, 3]), {}, 'seal'))).toEqual(['prove the store', 'seal']);
  });
});

describe('without an f-majority', () => {
  const wish = { lost: ['n2', 'N3'], acceptLoss: new Set(['0', '1']), replication: { node: 1 } };

  test('every silent node is named, and every log whose records it may have held', () => {
    expect(plan(situation([1])).needs).toEqual([
      '--lost n2',
      '--lost n3',
      '--accept-loss 0',
      '--accept-loss 1',
    ]);
    expect(plan(situation([1])).decision).toBe('refuse');
  });

  test('the order: lost, settings, seal, extend', () => {
    expect(stepsOf(plan(situation([1]), wish))).toEqual([
      'prove the store',
      'declare lost',
      'change the settings',
      'seal',
      'extend',
      'verify',
    ]);
  });

  test('one consent less, and nothing is done', () => {
    for (const less of [{ lost: ['n2'] }, { acceptLoss: new Set(['0']) }])
      expect(plan(situation([1]), { ...wish, ...less }).decision).toBe('refuse');
  });

  test('the interval that may be lost is open at its end', () => {
    expect(plan(situation([1]), wish).forced).toMatchObject({ tail: 11n, possiblyLost: [{ from: 11n }] });
  });

  test('more copies than nodes that are left: refused, and told what to lower', () => {
    const { replication: _, ...rest } = wish;
    const refused = plan(situation([1]), rest);
    expect(refused.decision).toBe('refuse');
    expect(refused.problems.join()).toContain('N1 cannot hold {node: 2}');
  });

  test('declared lost by an earlier try, they leave settings that nobody can meet: these are changed, too', () => {
    const left = [
      node(1),
      { ...node(2), storageState: 'disabled' as const },
      { ...node(3), storageState: 'disabled' as const },
    ];
    const given = situation([1], { nodes: left, end: { ...situation([1, 2, 3]).end, silent: [] } });
    expect(stepsOf(plan(given, { replication: { node: 1 } }))).toEqual([
      'prove the store',
      'change the settings',
      'extend',
      'verify',
    ]);
    expect(stepsOf(plan(situation([1, 2, 3]), { replication: { node: 1 } }))).not.toContain(
      'change the settings',
    );
  });

  test('a node that answers is not lost', () => {
    const refused = plan(situation([1, 2, 3]), { lost: ['n2'] });
    expect(refused.decision).toBe('refuse');
    expect(refused.problems.join()).toContain('n2 (N2) answers');
  });
});
