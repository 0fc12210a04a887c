import { DrError, isPortError } from '../../../core/errors.ts';
import type { Interval } from '../../../core/evidence.ts';
import { type EndOfLog, endOfLog, holesIn } from '../../../core/restate/endLog.ts';
import type { PartitionLook, ReplicaLook } from '../../../core/restate/evidence.ts';
import type { LogletAnswer } from '../../../core/restate/logletLook.ts';
import { sameAddress } from '../../../core/restate/setEvidence.ts';
import { newestCopy } from '../../../core/restate/sets.ts';
import { CHAINS, type Chains, type ClusterNode, NODES, type Segment } from '../../../core/restate/values.ts';
import type { ForeignCluster } from '../../../ports/ForeignCluster.ts';
import { decodeSet } from '../observe/decodeSet.ts';
import type { ForeignParts } from '../observe/observe.ts';

export type Loglet = Extract<Segment, { readonly kind: 'replicated' }>;

export interface EndLogSituation {
  readonly logId: number;
  readonly store: { readonly state: 'serves' | 'empty' | 'lost'; readonly detail?: string };
  readonly fingerprint: bigint;
  readonly nodes: readonly ClusterNode[];
  readonly answering: ReadonlySet<number>;
  readonly chains: Chains;
  readonly segments: readonly Segment[];
  /** The last loglet, whether a seal mark stands behind it or not. */
  readonly last: Loglet;
  readonly end: EndOfLog;
  /** Records of the whole log that nobody who answers holds. */
  readonly holes: readonly Interval[];
  readonly partition?: PartitionLook;
  /** The other logs: nodes that are declared lost are lost to all of them. */
  readonly others: readonly OtherLog[];
}

export type OtherLog = Pick<EndLogSituation, 'logId' | 'last' | 'end' | 'holes'>;

/** How one log ends now, as the store and the log-servers that answer tell. Changes nothing. */
export async function lookAtEnd({ cluster, name }: ForeignParts, logId: number): Promise<EndLogSituation> {
  const [looks, store] = await Promise.all([cluster.look(), readStore(cluster)]);
  const caches = looks.flatMap(({ address, answer }) =>
    answer.kind === 'answered' ? [decodeSet('cache', address, answer.caches).set] : [],
  );
  const sets = [decodeSet('store', 'the store', store.registers).set, ...caches];
  const nodes = newestCopy(NODES, sets)?.set.nodes;
  const chains = newestCopy(CHAINS, sets)?.set.chains;
  if (nodes === undefined || chains === undefined)
    throw new DrError('E_METASTORE_LOST', {
      message: `Neither the metadata store of ${name} nor a node shows its chains. Nothing was changed.`,
      hint: 'Run `vlog-dr rebuild-metastore`.',
    });
  const segments = chains.logs.get(logId);
  if (segments === undefined)
    throw new DrError('E_UNKNOWN_LOG', { message: `The chains have no log ${logId}. Nothing was changed.` });
  const addressOf = (id: number) => nodes.nodes.find((node) => node.id === id)?.address ?? '';
  const reachable = looks.filter(({ answer }) => answer.kind === 'answered').map(({ address }) => address);
  const ids = nodes.nodes.filter(({ address }) => reachable.some((one) => sameAddress(one, address)));
  const answering = new Set(ids.map(({ id }) => id));
  const [replicas = [], partitions] = await Promise.all([cluster.replicas(), cluster.partitions()]);
  const lookAt = (id: number, chain: readonly Segment[]) =>
    lookAtLog(id, chain, {
      ...{ nodes: nodes.nodes, replicas },
      answersOf: (loglet) =>
        askNodeset(cluster, loglet, { answering, addressOf: (node) => normal(reachable, addressOf(node)) }),
    });
  const own = await lookAt(logId, segments);
  // With an f-majority nobody is given up, and nothing of the others changes.
  const rest = own.end.majority === 'no' ? [...chains.logs].filter(([id]) => id !== logId) : [];
  const others = await Promise.all(rest.map(([id, chain]) => lookAt(id, chain)));
  const partition = partitions?.find((one) => one.partitionId === logId);
  return {
    ...own,
    ...{ segments, answering, chains, others },
    store: { state: store.state, ...(store.detail !== undefined && { detail: store.detail }) },
    fingerprint: nodes.fingerprint,
    nodes: nodes.nodes,
    ...(partition !== undefined && { partition }),
  };
}

async function lookAtLog(
  logId: number,
  segments: readonly Segment[],
  around: {
    readonly nodes: readonly ClusterNode[];
    readonly replicas: readonly ReplicaLook[];
    readonly answersOf: (loglet: Loglet) => Promise<readonly LogletAnswer[]>;
  },
): Promise<OtherLog> {
  const { nodes, replicas, answersOf } = around;
  const last = segments.findLast((segment) => segment.kind === 'replicated');
  if (last?.kind !== 'replicated')
    throw new DrError('E_UNKNOWN_LOG', {
      message: `The chains have no loglet of log ${logId}. Nothing was changed.`,
    });
  const own = replicas.filter((one) => one.partitionId === logId);
  const end = endOfLog(last, { nodes, answers: await answersOf(last), replicas: own });
  const holes = end.majority === 'yes' ? [] : await holesOf(segments, { end, answersOf });
  return { logId, last, end, holes };
}

function normal(reachable: readonly string[], address: string): string {
  return reachable.find((one) => sameAddress(one, address)) ?? address;
}

async function readStore({ registers }: ForeignCluster) {
  try {
    const set = await registers.readAll();
    return { state: set.size === 0 ? ('empty' as const) : ('serves' as const), registers: set };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { state: 'lost' as const, registers: new Map(), detail: error.message };
  }
}

/** What those of its nodeset who answer hold of a loglet, record by record. */
async function askNodeset(
  cluster: ForeignCluster,
  { logletId, nodeset }: Loglet,
  { answering, addressOf }: { answering: ReadonlySet<number>; addressOf: (id: number) => string },
): Promise<LogletAnswer[]> {
  const asked = nodeset.filter((id) => answering.has(id));
  const answers = await Promise.all(
    asked.map(async (nodeId): Promise<LogletAnswer[]> => {
      try {
        const address = addressOf(nodeId);
        const [copy] = await cluster.copies(address, [logletId]);
        if (copy === undefined) return [];
        const to = copy.localTail - 1n;
        const ranges = to < 1n ? [] : await cluster.digest(address, { logletId, from: 1n, to });
        const held = ranges.filter(({ state }) => state === 'exists' || state === 'archived');
        return [{ nodeId, copy, records: held.map(({ from, to: last }) => ({ from, to: last + 1n })) }];
      } catch (error) {
        if (!isPortError(error)) throw error;
        return [];
      }
    }),
  );
  return answers.flat();
}

/** Of every segment: nodes that are given up may have held records of earlier ones alone, too. */
async function holesOf(
  segments: readonly Segment[],
  { end, answersOf }: { end: EndOfLog; answersOf: (loglet: Loglet) => Promise<readonly LogletAnswer[]> },
): Promise<Interval[]> {
  const loglets = segments.filter((segment) => segment.kind === 'replicated');
  const holes: Interval[] = [];
  for (const [place, loglet] of loglets.entries()) {
    const until = loglets[place + 1]?.base ?? end.acceptedTail;
    holes.push(...holesIn(loglet, await answersOf(loglet), until));
  }
  return holes;
}
