import { expect, test } from 'vitest';
import { type Chain, trimChain } from '../../../../src/core/chain.ts';
import { recoveryId } from '../../../../src/core/ids.ts';
import { registerStanding, versionsBehind } from '../../../../src/operations/follow/standing.ts';
import { aChain, chainVersions, extended } from '../../../support/chains.ts';

const chains = chainVersions(aChain(), 6);
const at = (version: number) => chains[version - 1] as Chain;
const recovered = {
  ...at(3),
  generation: { number: 2, recoveryId: recoveryId('01JAAAAAAAAAAAAAAAAAAAAAAA') },
  version: 1_003,
  generationStart: 1_003,
};
/** Set back to version 3, and grown past version 6 with other segments. */
const fork = [1, 2, 3, 4, 5].reduce((chain) => extended(chain, 77n), at(3));

test.each<[string, Chain | undefined, Chain | undefined, string]>([
  ['empty', undefined, at(4), 'lost'],
  ['a first one', at(1), undefined, 'newer'],
  ['the same', at(4), at(4), 'same'],
  ['the next', at(5), at(4), 'newer'],
  ['a later one', at(6), at(2), 'newer'],
  ['an older one', at(3), at(4), 'older'],
  ['another of the same version', { ...at(4), trimPoint: 1n }, at(4), 'diverged'],
  ['higher, and another history', fork, at(6), 'diverged'],
  ['higher, with a trim point that went back', at(6), { ...at(5), trimPoint: 1n }, 'diverged'],
  ['higher, with what was last trimmed away since', trimChain(at(6), 45n), at(2), 'newer'],
  ['of a recovery', recovered, at(6), 'newer'],
  ['of the generation before a recovery', at(6), recovered, 'older'],
])('a register that is %s', (_, register, held, standing) => {
  expect(registerStanding(register, held)).toBe(standing);
});

test('versions behind are counted within a generation: a recovery lifts the version', () => {
  expect(versionsBehind(at(5), at(2))).toBe(3);
  expect(versionsBehind(at(5), undefined)).toBe(5);
  expect(versionsBehind(recovered, at(6))).toBe(1);
  expect(versionsBehind(at(2), at(5))).toBe(0);
});
