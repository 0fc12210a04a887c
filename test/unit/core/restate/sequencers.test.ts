import { describe, expect, test } from 'vitest';
import { decodeChains } from '../../../../src/codec/restate/decode.ts';
import { encodeChains } from '../../../../src/codec/restate/encode.ts';
import { patchChains } from '../../../../src/codec/restate/patch.ts';
import type { NodeIncarnation, SequencerLook } from '../../../../src/core/restate/evidence.ts';
import { logletIdOf } from '../../../../src/core/restate/loglets.ts';
import { rebuildSet } from '../../../../src/core/restate/rebuildSet.ts';
import {
  guessedSequencers,
  sameSequencers,
  sequencersToCorrect,
  withSequencers,
} from '../../../../src/core/restate/sequencers.ts';
import type { Chains } from '../../../../src/core/restate/values.ts';
import { copy, evidence, REPLICATION, segment, waiting } from '../../../support/restate/evidence.ts';

const chains: Chains = {
  version: 7,
  logs: new Map([
    [0, [segment(0, 0, 1n), segment(0, 1, 11n)]],
    [1, [segment(1, 0, 1n)]],
  ]),
};
const all = new Set([logletIdOf(0, 0), logletIdOf(0, 1), logletIdOf(1, 0)]);
const says = (nodeId: number, logletId: bigint, sequencer?: NodeIncarnation): SequencerLook => ({
  ...{ logletId, nodeId },
  ...(sequencer !== undefined && { sequencer }),
});
const WRITER = { id: 3, generation: 2 };
const GUESS = { id: 1, generation: 1 };

describe('who wrote a loglet', () => {
  test('is asked again where the cluster must complete it and nobody told', () => {
    const whole = [copy(0, 0, 'sealed 11/11'), copy(0, 1, 'open 6/6')];
    const short = [copy(0, 0, 'sealed 11/11'), copy(0, 1, 'open 4/4')];
    const guessedWith = (last: typeof whole, sequencers?: SequencerLook[]) =>
      guessedSequencers(
        rebuildSet(
          evidence({
            looks: [waiting(1), waiting(2), waiting(3)],
            stored: new Map([
              ['http://n1/', [whole[0] as (typeof whole)[0], copy(0, 1, 'open 6/4')]],
              ['http://n2/', last],
              ['http://n3/', short],
            ]),
            stated: { replication: REPLICATION },
            ...(sequencers !== undefined && { sequencers }),
          }),
        ).logs,
      );
    // n2 was told that all is acknowledged: nothing is left to complete.
    expect(guessedWith(whole)).toEqual([]);
    expect(guessedWith(short)).toEqual([logletIdOf(0, 1)]);
    expect(guessedWith(short, [says(1, logletIdOf(0, 1), WRITER)])).toEqual([]);
  });

  const last = logletIdOf(0, 1);

  test('is corrected to what several log-servers know', () => {
    const looks = [says(1, last, WRITER), says(2, last, WRITER), says(3, last)];
    expect(sequencersToCorrect(chains, looks, all)).toEqual(new Map([[last, WRITER]]));
    expect(sequencersToCorrect(chains, looks, new Set([logletIdOf(1, 0)]))).toEqual(new Map());
  });

  test('stays as guessed where one alone knows it: it holds all there is, and the others take the guess', () => {
    expect(sequencersToCorrect(chains, [says(1, last, WRITER), says(2, last)], all)).toEqual(new Map());
  });

  test('stays as guessed where a log-server took the guess: that one accepts no other', () => {
    const looks = [says(1, last, WRITER), says(2, last, WRITER), says(3, last, GUESS)];
    expect(sequencersToCorrect(chains, looks, all)).toEqual(new Map());
  });

  test('changes in the register, and nothing else does', () => {
    const corrections = new Map([[logletIdOf(0, 1), WRITER]]);
    const changed = withSequencers(chains, corrections);
    expect([...changed.keys()]).toEqual([0]);
    const patched = decodeChains(patchChains(encodeChains(chains), 8, changed));
    if (!patched.ok) throw new Error(patched.problem);
    expect(patched.value.logs.get(0)).toEqual([
      segment(0, 0, 1n),
      { ...segment(0, 1, 11n), sequencer: WRITER },
    ]);
    expect(patched.value.logs.get(1)).toEqual(chains.logs.get(1));
    expect(sameSequencers(chains, patched.value, all)).toBe(false);
    expect(sameSequencers(chains, chains, all)).toBe(true);
  });
});
