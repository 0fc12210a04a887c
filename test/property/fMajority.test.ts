import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScopedCopies } from '../../src/core/durability.ts';
import { type ServerId, serverId } from '../../src/core/ids.ts';
import { containsCommitQuorum, isSealQuorum, lossesUntilUnsealable } from '../../src/core/quorum.ts';
import {
  canWrite,
  fMajority,
  type StorageMember,
  sealSystem,
  writeSystem,
} from '../../src/core/restate/storage.ts';
import { STORAGE_STATES } from '../../src/core/restate/values.ts';
import { subsetsOf } from '../support/subsets.ts';

const RUNS = { numRuns: 600 };
const LOCATIONS = ['eu/a', 'eu/b', 'us/a', 'us/b', 'us', ''];

const nodesets = fc
  .array(fc.tuple(fc.constantFrom(...LOCATIONS), fc.constantFrom(...STORAGE_STATES)), {
    minLength: 1,
    maxLength: 6,
  })
  .map((members) =>
    members.map(([location, state], place) => ({ serverId: serverId(`N${place + 1}`), location, state })),
  );

const replications = fc
  .record(
    {
      node: fc.integer({ min: 1, max: 7 }),
      zone: fc.integer({ min: 1, max: 4 }),
      region: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: [] },
  )
  .filter((copies) => Object.keys(copies).length > 0);

const situations = fc
  .tuple(nodesets, replications, fc.integer({ min: 0, max: 63 }))
  .map(([nodeset, copies, bits]) => ({
    nodeset,
    copies,
    answered: nodeset.filter((_, bit) => (bits >> bit) & 1),
  }));

/** The place of a member in a scope, by hand. */
function place(scope: string, { serverId: id, location }: StorageMember): string {
  const [region = '', zone = ''] = location.split('/');
  if (scope === 'node') return id;
  return scope === 'region' ? region : zone === '' ? '' : location;
}

function placesOf(scope: string, members: readonly StorageMember[]): string[] {
  return [...new Set(members.map((member) => place(scope, member)))].filter((name) => name !== '');
}

/** At every named scope, copies in as many places as it asks for. */
function isDurableDumb(copies: ScopedCopies, held: readonly StorageMember[]): boolean {
  return Object.entries(copies).every(([scope, need]) => placesOf(scope, held).length >= need);
}

/** The rule, word by word: at some scope, all places but (copies − 1) are complete, and at least one is. */
function fMajorityDumb(
  copies: ScopedCopies,
  nodeset: readonly StorageMember[],
  answered: readonly StorageMember[],
): string {
  const effective = nodeset.filter((member) => member.state !== 'disabled');
  let risky = false;
  for (const [scope, need] of Object.entries(copies)) {
    const places = placesOf(scope, effective);
    let sound = 0;
    let lossy = 0;
    for (const name of places) {
      const there = effective.filter((member) => place(scope, member) === name);
      if (there.some((member) => !answered.includes(member))) continue;
      const lost = there.filter((member) => member.state === 'data-loss').length;
      if (lost === 0) sound += 1;
      else if (lost === there.length) lossy += 1;
    }
    const needed = (places.length > need ? places.length - need : 0) + 1;
    if (sound >= needed) return 'yes';
    if (sound + lossy >= needed) risky = true;
  }
  return risky ? 'with risk' : 'no';
}

const idsOf = (members: readonly StorageMember[]): Set<ServerId> =>
  new Set(members.map((one) => one.serverId));

describe('the quorums of Restate agree with their rules, word by word', () => {
  test('f-majority, with every mixture of storage states and locations', () => {
    fc.assert(
      fc.property(situations, ({ nodeset, copies, answered }) => {
        expect(fMajority(copies, nodeset, idsOf(answered))).toBe(fMajorityDumb(copies, nodeset, answered));
      }),
      RUNS,
    );
  });

  test('without lost data, its f-majorities are the seal quorums from which margins are counted', () => {
    fc.assert(
      fc.property(situations, ({ nodeset, copies, answered }) => {
        const sound = nodeset.map((member) =>
          member.state === 'data-loss' ? { ...member, state: 'gone' as const } : member,
        );
        const isSealed = isSealQuorum(sealSystem(copies, sound), idsOf(answered));
        expect(fMajority(copies, sound, idsOf(answered)) === 'yes').toBe(isSealed);
      }),
      RUNS,
    );
  });

  test('the margin is the least number of losses after which no f-majority answers', () => {
    fc.assert(
      fc.property(situations, ({ nodeset, copies, answered }) => {
        const sound = nodeset.map((member) =>
          member.state === 'data-loss' ? { ...member, state: 'gone' as const } : member,
        );
        const effective = answered.filter((member) => member.state !== 'disabled');
        const fatal = subsetsOf(effective)
          .filter((lost) => {
            const left = effective.filter((member) => !lost.includes(member));
            return fMajority(copies, sound, idsOf(left)) !== 'yes';
          })
          .map((lost) => lost.length);
        const least = fatal.length === 0 ? undefined : Math.min(...fatal);
        expect(lossesUntilUnsealable(sealSystem(copies, sound), idsOf(effective))).toBe(least);
      }),
      RUNS,
    );
  });

  test('what is durable, and who can take new records', () => {
    fc.assert(
      fc.property(situations, ({ nodeset, copies, answered }) => {
        expect(containsCommitQuorum(writeSystem(copies, nodeset), idsOf(answered))).toBe(
          isDurableDumb(copies, answered),
        );
        const writable = nodeset.filter((member) => member.state === 'read-write');
        expect(canWrite(copies, nodeset)).toBe(isDurableDumb(copies, writable));
      }),
      RUNS,
    );
  });

  test('a record that was acknowledged is on every f-majority of its whole, sound nodeset', () => {
    fc.assert(
      fc.property(situations, ({ nodeset, copies, answered }) => {
        const whole = nodeset.map((member) => ({ ...member, state: 'read-write' as const }));
        fc.pre(isDurableDumb(copies, whole) && fMajority(copies, whole, idsOf(answered)) === 'yes');
        for (const held of subsetsOf(whole)) {
          if (!isDurableDumb(copies, held)) continue;
          expect(held.some((one) => idsOf(answered).has(one.serverId))).toBe(true);
        }
      }),
      RUNS,
    );
  });
});
