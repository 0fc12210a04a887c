import { type ClusterIdentity, identify } from './identity.ts';
import { type Problem, type Verdict, verdictOf } from './problem.ts';
import { rebuildChains } from './rebuildChains.ts';
import { rebuildNodes } from './rebuildNodes.ts';
import { rebuildEpochs, rebuildTable } from './rebuildPartitions.ts';
import type { RebuiltLog } from './rebuiltLog.ts';
import { asCopy, type RebuiltRegister, type SetEvidence, versionsSeen } from './setEvidence.ts';
import { newestCopy } from './sets.ts';
import { type Unknown, unknownsOf } from './unknowns.ts';
import { type ClusterNode, EPOCH_PREFIX } from './values.ts';

export interface RebuiltSet {
  readonly identity?: ClusterIdentity;
  readonly nodes: readonly ClusterNode[];
  readonly registers: readonly RebuiltRegister[];
  readonly logs: readonly RebuiltLog[];
  readonly unknowns: readonly Unknown[];
  /** Those that are of no single log. */
  readonly problems: readonly Problem[];
}

/**
 * A whole set of registers from whatever is left. Registers are only good together: each comes from its newest copy of
 * *this* cluster, the chains are then completed from the log-servers, and what no copy exists of is made.
 */
export function rebuildSet(evidence: SetEvidence): RebuiltSet {
  const { identity, problems } = identify(evidence);
  const nodes = rebuildNodes(evidence, identity);
  const chains = rebuildChains(evidence, nodes.nodes);
  const table = rebuildTable(evidence, chains.logs);
  const { epochs, registers: epochRegisters } = rebuildEpochs(evidence, nodes.nodes, table.table);
  const read = [nodes.register, chains.register, table.register, ...epochRegisters];
  const registers = [...read, ...others(evidence, new Set(read.map(({ key }) => key)))];
  return {
    ...(identity !== undefined && { identity }),
    nodes: nodes.nodes,
    registers,
    logs: chains.logs,
    unknowns: unknownsOf({ registers, sets: evidence.sets, epochs }),
    problems: [...problems, ...nodes.problems, ...chains.problems, ...olderThanLive(evidence, registers)],
  };
}

/** Of the whole set: no log is better than what they share. */
export function verdictOfSet({ problems, logs }: RebuiltSet): Verdict {
  return verdictOf([...problems, ...logs.flatMap((log) => log.problems)]);
}

/** What this tool does not read: schema, rules, anything else that was found. Copied byte for byte, never lifted. */
function others({ sets }: SetEvidence, read: ReadonlySet<string>): RebuiltRegister[] {
  const keys = new Set(sets.flatMap(({ registers }) => [...registers.keys()]));
  return [...keys]
    .filter((key) => !read.has(key))
    .sort()
    .flatMap((key) => {
      const copy = newestCopy(key, sets);
      return copy === undefined ? [] : [asCopy(key, copy)];
    });
}

/**
 * A live node holds a newer value than any copy that could be read. Restored, the older one was refused by the nodes,
 * every change after it failed, and the first reconfiguration left its log sealed.
 */
function olderThanLive(evidence: SetEvidence, registers: readonly RebuiltRegister[]): Problem[] {
  const cached = evidence.looks.flatMap(({ ident }) => [...(ident?.versions.keys() ?? [])]);
  const keys = new Set([...registers.map(({ key }) => key), ...cached]);
  return [...keys].flatMap((key): Problem[] => {
    const { live } = versionsSeen(evidence, key);
    const copy = newestCopy(key, evidence.sets);
    if (key.startsWith(EPOCH_PREFIX) || live <= (copy?.value.version ?? 0)) return [];
    const holder = evidence.looks.find(({ ident }) => (ident?.versions.get(key) ?? 0) === live);
    const newest =
      copy === undefined
        ? 'no copy can be read'
        : `the newest copy that can be read is version ${copy.value.version} (${copy.set.name})`;
    return [
      {
        weighs: 'contradiction',
        message: `${holder?.name ?? holder?.address ?? 'A live node'} caches version ${live} of ${key}, and ${newest}: the nodes would refuse an older one, and every change after it would fail.`,
      },
    ];
  });
}
