import type { RebuiltEpoch } from './epochs.ts';
import type { RebuiltRegister } from './setEvidence.ts';
import type { FoundSet } from './sets.ts';
import { NODES, PARTITIONS, RULES, SCHEMA } from './values.ts';

/** Something that nothing which is left can tell: what follows from it, and what would supply it. */
export interface Unknown {
  readonly what: string;
  readonly consequence: string;
  readonly supply: string;
  /** Written as a guess: the operator consents to it by name. */
  readonly guessed: boolean;
}

const BACKUP = 'a backup (`--from-backup`)';

export function unknownsOf(rebuilt: {
  readonly registers: readonly RebuiltRegister[];
  readonly sets: readonly FoundSet[];
  readonly epochs: readonly RebuiltEpoch[];
}): Unknown[] {
  const { registers, sets, epochs } = rebuilt;
  const isKnown = (key: string) => sets.some((set) => set.registers.has(key));
  const contentOf = (key: string) => registers.find((register) => register.key === key)?.content;
  const hasLiveCache = sets.some((set) => set.source === 'cache');
  const unknowns: Unknown[] = [];
  const nodes = contentOf(NODES);
  if (nodes?.kind === 'nodes' && nodes.base === undefined)
    unknowns.push({
      what: 'features and locations of the nodes',
      consequence:
        'No feature is switched on, which may change where idempotent keys are kept; a replication over zones finds no zones.',
      supply: BACKUP,
      guessed: true,
    });
  const table = contentOf(PARTITIONS);
  if (table?.kind === 'table' && table.base === undefined)
    unknowns.push({
      what: 'the partition table',
      consequence:
        'One partition for each log, in equal ranges of keys: if it was another one, services look for their state in the wrong partition.',
      supply: BACKUP,
      guessed: true,
    });
  if (!isKnown(SCHEMA) && !hasLiveCache)
    unknowns.push({
      what: 'services and deployments',
      consequence:
        'None is known: calls fail until every deployment is registered again. No state of theirs is lost. Invocations that were under way stay pinned to the lost deployments and hold up their objects until somebody kills them (`restate invocations kill`).',
      supply: `${BACKUP}, or registering each deployment`,
      guessed: false,
    });
  // Only the store itself shows that there are none.
  if (!isKnown(RULES) && !sets.some(({ source, registers: { size } }) => source === 'store' && size > 0))
    unknowns.push({
      what: 'limits and concurrency rules',
      consequence: 'If there were any, none is in force.',
      supply: `${BACKUP}, or setting them again`,
      guessed: false,
    });
  if (epochs.some(({ from }) => from === 'guessed'))
    unknowns.push({
      what: 'which nodes hold the state of a partition',
      consequence:
        'A node that is named and holds none must read the whole log, and cannot where it was trimmed and there is no snapshot repository.',
      supply: `${BACKUP}, or \`dataDir\` of each node in the configuration`,
      guessed: true,
    });
  return unknowns;
}
