import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SnapshotDocument, withDigest } from '../../../../src/codec/snapshot.ts';
import { type Chain, chainDigest, trimChain } from '../../../../src/core/chain.ts';
import { recoveryId } from '../../../../src/core/ids.ts';
import { diffChains } from '../../../../src/operations/backup/diff.ts';
import { planPrune, standingOf } from '../../../../src/operations/backup/plan.ts';
import { aChain, chainVersions, extended } from '../../../support/chains.ts';

function snapshotOf(chain: Chain): SnapshotDocument {
  const { clusterId, logId, generation, version } = chain;
  const document = {
    schemaVersion: 1,
    kind: 'snapshot',
    clusterId,
    logId,
    generation,
    version,
    chain,
  } as const;
  return withDigest({
    ...document,
    chainDigest: chainDigest(chain),
    previous: null,
    takenAt: 0,
    writtenBy: '',
  });
}

describe('how a register stands to the repository', () => {
  const second = extended(aChain());
  const rebuilt = {
    ...second,
    generation: { number: 2, recoveryId: recoveryId('01JAAAAAAAAAAAAAAAAAAAAAAA') },
  };
  test.each([
    // register, newest snapshot, standing
    [undefined, undefined, 'none'],
    [second, undefined, 'behind'],
    [second, second, 'same'],
    [second, aChain(), 'behind'],
    [undefined, second, 'lost'],
    [aChain(), second, 'backwards'],
    [{ ...second, trimPoint: 1n }, second, 'differs'],
    // The generation decides, whatever the version.
    [extended(extended(second)), rebuilt, 'backwards'],
    [{ ...rebuilt, version: 2 }, extended(extended(second)), 'behind'],
  ] as const)('%#: %o', (register, newest, standing) => {
    expect(standingOf(register, newest && snapshotOf(newest))).toBe(standing);
  });
});

describe('what a prune deletes', () => {
  const versions = (taken: readonly number[], kind: 'snapshot' | 'gap' = 'snapshot') =>
    taken.map((takenAt, place) => ({ version: place + 1, kind, takenAt }));
  const deleted = (taken: readonly number[], retention: { keep: number; keepFrom?: number }) =>
    planPrune(versions(taken), retention).map(({ version }) => version);

  test.each([
    [[10, 20, 30, 40], { keep: 2 }, [1, 2]],
    [[10, 20, 30, 40], { keep: 9 }, []],
    [[10, 20, 30, 40], { keep: 1, keepFrom: 20 }, [1]],
    [[10, 20, 30, 40], { keep: 1, keepFrom: 99 }, [1, 2, 3]],
    [[10, 20, 30, 40], { keep: 0 }, [1, 2, 3]],
    // A clock that was wrong once keeps more, never less.
    [[90, 20, 30, 40], { keep: 1, keepFrom: 80 }, []],
    [[], { keep: 1 }, []],
  ])('%o with %o: %o', (taken, retention, expected) => {
    expect(deleted(taken, retention)).toEqual(expected);
  });

  test('whatever is there: only an oldest part goes, and the newest snapshots stay', () => {
    const place = fc.record({
      kind: fc.constantFrom('snapshot' as const, 'gap' as const),
      takenAt: fc.nat(100),
    });
    fc.assert(
      fc.property(
        fc.array(place),
        fc.nat(5),
        fc.option(fc.nat(100), { nil: undefined }),
        (places, keep, from) => {
          const all = places.map((one, index) => ({ ...one, version: index + 1 }));
          const gone = planPrune(all, { keep, ...(from !== undefined && { keepFrom: from }) });
          expect(gone).toEqual(all.slice(0, gone.length));
          const snapshots = all.filter(({ kind }) => kind === 'snapshot');
          const kept = all.slice(gone.length);
          expect(kept).toEqual(expect.arrayContaining(snapshots.slice(-Math.max(1, keep))));
          if (from !== undefined)
            expect(kept).toEqual(expect.arrayContaining(snapshots.filter(({ takenAt }) => takenAt >= from)));
        },
      ),
    );
  });
});

describe('what changed between two chains', () => {
  const changes = (from: Chain, to: Chain) =>
    diffChains(from, to).map(({ change, index }) => [change, index]);
  const [first, second, third] = chainVersions(aChain(), 3) as [Chain, Chain, Chain];

  test.each([
    ['nothing', first, first, []],
    [
      'a reconfiguration',
      first,
      second,
      [
        ['segmentEnded', 0],
        ['segmentAdded', 1],
      ],
    ],
    [
      'two',
      first,
      third,
      [
        ['segmentEnded', 0],
        ['segmentAdded', 1],
        ['segmentAdded', 2],
      ],
    ],
    [
      'a trim',
      third,
      trimChain(third, 10n),
      [
        ['segmentRemoved', 0],
        ['trimPoint', undefined],
      ],
    ],
    ['a freeze', first, { ...first, frozen: true }, [['frozen', undefined]]],
  ] as const)('%s', (_, from, to, expected) => {
    expect(changes(from, to)).toEqual(expected);
  });

  test('a segment that vanished, or became another, is said as such', () => {
    const vanished = { ...third, segments: third.segments.slice(1) };
    expect(diffChains(third, vanished)[0]?.message).toContain('gone though nothing trimmed it');
    const moved = {
      ...first,
      segments: first.segments.map((one) => ({ ...one, durability: { kind: 'majority' } as const })),
    };
    expect(changes(first, moved)).toEqual([['segmentChanged', 0]]);
  });
});
