import { quorumSystem, setsThatWouldSeal } from '../../quorum.ts';
import type { Check } from '../finding.ts';
import type { LastLoglet } from '../lastLoglet.ts';
import { listed } from '../situation.ts';

/** Entries may have been acknowledged on the silent servers alone: nobody can say where the log ends. */
export const logletUnsealable: Check = ({ logs }) =>
  logs.flatMap(({ logId, last }) => {
    if (last === undefined || last.margin.sealable) return [];
    return [
      {
        code: 'LOGLET_UNSEALABLE',
        logId,
        logletId: last.facts.logletId,
        serverIds: last.missing,
        message: `The last loglet of log ${logId} cannot be sealed: ${listed(last.missing)} ${last.missing.length === 1 ? 'does' : 'do'} not answer with its data, and entries may have been acknowledged there alone. The return of any of these would settle it: ${setsOf(last).join(', or ')}.`,
      },
    ];
  });

/** `s1, s2+s3`: smallest first. */
function setsOf({ facts, live }: LastLoglet): string[] {
  if (facts.durability === undefined) return [];
  const system = quorumSystem(facts.durability, facts.nodeset);
  const sets = setsThatWouldSeal(system, new Set(live.map((copy) => copy.serverId)));
  return sets
    .map((set) => [...set].sort())
    .sort((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1))
    .map((set) => set.join('+'));
}
