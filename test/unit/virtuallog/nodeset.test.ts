import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canHostSuccessor,
  type Durability,
  durabilityProblems,
  isAdmissible,
  type SuccessorRule,
} from '../../../src/core/durability.ts';
import { incarnation, serverId, storeId } from '../../../src/core/ids.ts';
import { type Candidate, chooseNodeset } from '../../../src/virtuallog/nodeset.ts';

function candidates(count: number, zones: number): Candidate[] {
  return Array.from({ length: count }, (_, place) => ({
    serverId: serverId(`s${place + 1}`),
    storeId: storeId(`store-${place + 1}`),
    location: `r1/z${(place % zones) + 1}`,
    incarnation: incarnation(`i${place + 1}`),
  }));
}

const all: Durability = { kind: 'all' };
const rule = (durability: Durability, minNodesetSize = 1, minZones = 0): SuccessorRule => {
  return { durability, minNodesetSize, minZones };
};
const wish = { durability: all, firm: false, size: 3, turn: 0 };

describe('a nodeset', () => {
  test('is spread over zones and moves with every turn', () => {
    const chosen = [0, 1, 2].map((turn) => {
      const choice = chooseNodeset({ ...wish, candidates: candidates(6, 3), turn });
      return choice.choice === 'nodeset'
        ? `${choice.nodeset.map((one) => one.serverId).join('+')} by ${choice.sequencer.serverId}`
        : '';
    });
    expect(chosen).toEqual(['s1+s2+s3 by s1', 's5+s6+s4 by s6', 's3+s1+s2 by s2']);
  });

  test('is smaller than asked for when no more are live and the rules allow it', () => {
    const choice = chooseNodeset({ ...wish, candidates: candidates(2, 2), rules: [rule(all, 2)] });
    expect(choice.choice === 'nodeset' && choice.nodeset.length).toBe(2);
    const none = chooseNodeset({ ...wish, candidates: candidates(2, 2), rules: [rule(all, 3)] });
    expect(none).toMatchObject({ choice: 'none', problems: [expect.stringContaining('at least 3 servers')] });
  });

  test('is large enough for its policy and rules, whatever size was asked for', () => {
    const count: Durability = { kind: 'count', copies: 4 };
    const choice = chooseNodeset({ ...wish, size: 1, durability: count, candidates: candidates(5, 1) });
    expect(choice.choice === 'nodeset' && choice.nodeset.length).toBe(4);
  });

  test('takes another policy that the rules allow, unless one was asked for firmly', () => {
    const rules = [rule({ kind: 'majority' })];
    const choice = chooseNodeset({ ...wish, candidates: candidates(3, 1), rules });
    expect(choice.choice === 'nodeset' && choice.durability.kind).toBe('majority');
    expect(chooseNodeset({ ...wish, firm: true, candidates: candidates(3, 1), rules }).choice).toBe('none');
  });

  test('holds every server that an any-of policy names', () => {
    const [s4, s5] = [serverId('s4'), serverId('s5')];
    const durability: Durability = { kind: 'any-of', quorums: [[s4], [s5]] };
    const choice = chooseNodeset({ ...wish, durability, candidates: candidates(5, 1) });
    expect(choice.choice === 'nodeset' && choice.nodeset.map((one) => one.serverId)).toEqual(
      expect.arrayContaining([s4, s5]),
    );
    expect(chooseNodeset({ ...wish, durability, candidates: candidates(4, 1) }).choice).toBe('none');
  });
});

const durabilities = fc.oneof(
  fc.constantFrom<Durability>({ kind: 'all' }, { kind: 'majority' }),
  fc.integer({ min: 1, max: 5 }).map((copies): Durability => ({ kind: 'count', copies })),
  fc
    .record({ zones: fc.integer({ min: 1, max: 3 }), copies: fc.integer({ min: 1, max: 5 }) })
    .map((spread): Durability => ({ kind: 'spread', ...spread })),
);
const rules = fc.array(
  fc.record({
    durability: durabilities,
    minNodesetSize: fc.integer({ min: 1, max: 6 }),
    minZones: fc.integer({ min: 0, max: 4 }),
  }),
  { maxLength: 3 },
);

test('whatever is chosen is admissible, and something is chosen whenever the rules can be met', () => {
  fc.assert(
    fc.property(
      fc.record({
        count: fc.integer({ min: 0, max: 8 }),
        zones: fc.integer({ min: 1, max: 4 }),
        size: fc.integer({ min: 1, max: 8 }),
        turn: fc.nat(20),
        durability: durabilities,
        rules,
      }),
      ({ count, zones, ...rest }) => {
        const live = candidates(count, zones);
        const choice = chooseNodeset({ ...rest, firm: false, candidates: live });
        // A spread over more zones than copies can never be met, whatever the servers.
        const sane = rest.rules.filter(
          ({ durability }) => durability.kind !== 'spread' || durability.zones <= durability.copies,
        );
        if (choice.choice === 'none') {
          expect(canHostSuccessor(sane, live)).toBe(false);
          return;
        }
        expect(durabilityProblems(choice.durability, choice.nodeset)).toEqual([]);
        expect(isAdmissible(rest.rules, choice)).toBe(true);
        expect(choice.nodeset.map((one) => one.serverId)).toContain(choice.sequencer.serverId);
      },
    ),
    { numRuns: 2_000 },
  );
});
