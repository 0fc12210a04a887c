import type { LogletAnswer, LogletShape } from './logletLook.ts';
import { placeOf } from './loglets.ts';
import type { Problem } from './problem.ts';
import { rebuildLog } from './rebuildLog.ts';
import type { RebuiltLog } from './rebuiltLog.ts';
import { asCopy, asMade, isLive, nodeIdAt, type RebuiltRegister, type SetEvidence } from './setEvidence.ts';
import { type FoundRegister, newestCopy } from './sets.ts';
import { CHAINS, type Chains, type ClusterNode, type Segment } from './values.ts';

export interface RebuiltChains {
  readonly logs: readonly RebuiltLog[];
  readonly register: RebuiltRegister;
  readonly problems: readonly Problem[];
}

/** The chains of all logs: the newest copy, completed from the log-servers; without one, from these alone. */
export function rebuildChains(evidence: SetEvidence, nodes: readonly ClusterNode[]): RebuiltChains {
  const copy = newestCopy(CHAINS, evidence.sets);
  const chains = copy?.set.chains;
  const { shape, guessed } = otherwise(evidence, nodes, chains);
  const logs = rebuildLogs(evidence, { nodes, copy, shape });
  const completed = logs.filter((log) => log.completed > 0 || chains?.logs.has(log.logId) !== true);
  const problems = completed.length > 0 && guessed ? [UNKNOWN_REPLICATION] : [];
  if (copy !== undefined && completed.length === 0 && isLive(evidence, CHAINS, copy))
    return { logs, register: asCopy(CHAINS, copy), problems };
  const segments = new Map<number, readonly Segment[]>(
    logs.map((log) => [log.logId, log.segments.map(({ segment }) => segment)]),
  );
  const content = {
    kind: 'chains' as const,
    ...(copy !== undefined && { base: copy.value }),
    chains: {
      version: 0,
      logs: segments,
      defaultReplication: chains?.defaultReplication ?? shape.replication,
    },
    made: new Set(completed.map(({ logId }) => logId)),
  };
  const from =
    copy === undefined
      ? 'the log-servers'
      : `${copy.set.name}${completed.length > 0 ? ', completed from the log-servers' : ''}`;
  return { logs, register: asMade(evidence, { key: CHAINS, content, from }), problems };
}

function rebuildLogs(
  evidence: SetEvidence,
  found: {
    readonly nodes: readonly ClusterNode[];
    readonly copy: FoundRegister | undefined;
    readonly shape: LogletShape;
  },
): RebuiltLog[] {
  const { nodes, copy, shape } = found;
  const chains = copy?.set.chains;
  const { answers, answering } = answersBy(evidence, nodes);
  const sequencers = new Map(
    (evidence.sequencers ?? []).flatMap(({ logletId, sequencer }) =>
      sequencer === undefined ? [] : [[logletId, sequencer] as const],
    ),
  );
  const ids = [...(chains?.logs.keys() ?? []), ...[...answers.keys()].map((id) => placeOf(id).logId)];
  return [...new Set(ids)]
    .sort((a, b) => a - b)
    .flatMap((logId) => {
      const segments = chains?.logs.get(logId);
      const log = rebuildLog({
        ...{ logId, answers, nodes, answering, sequencers, otherwise: shape },
        ...(segments !== undefined && { chain: { segments, from: copy?.set.name ?? 'a register' } }),
      });
      return log === undefined ? [] : [log];
    });
}

function answersBy(
  evidence: SetEvidence,
  nodes: readonly ClusterNode[],
): { answers: Map<bigint, LogletAnswer[]>; answering: Set<number> } {
  const answers = new Map<bigint, LogletAnswer[]>();
  const answering = new Set<number>();
  for (const [address, copies] of evidence.stored) {
    const nodeId = nodeIdAt(evidence, nodes, address);
    if (nodeId === undefined) continue;
    answering.add(nodeId);
    for (const { records, ...copy } of copies) {
      const answer = { nodeId, copy, ...(records !== undefined && { records }) };
      answers.set(copy.logletId, [...(answers.get(copy.logletId) ?? []), answer]);
    }
  }
  return { answers, answering };
}

/** What loglets are like that no register tells of: on all log-servers, with the replication of new ones. */
function otherwise(
  { stated }: SetEvidence,
  nodes: readonly ClusterNode[],
  chains: Chains | undefined,
): { shape: LogletShape; guessed: boolean } {
  const lasts = [...(chains?.logs.values() ?? [])].map((log) => log.at(-1));
  const last = lasts.find((segment) => segment?.kind === 'replicated');
  const known =
    stated.replication ??
    chains?.defaultReplication ??
    (last?.kind === 'replicated' ? last.replication : undefined);
  const nodeset = nodes
    .filter(({ roles, storageState }) => roles.includes('log-server') && storageState !== 'disabled')
    .map(({ id }) => id);
  return { shape: { nodeset, replication: known ?? { node: 1 } }, guessed: known === undefined };
}

const UNKNOWN_REPLICATION: Problem = {
  weighs: 'contradiction',
  message:
    'Nothing that is left tells the replication of the logs. Give `--replication`, as `default-replication` in the nodes’ own configuration has it, for example `--replication "{node: 2}"`. Rather too little than too much: with too much, too few nodes would count as enough to end a loglet.',
};
