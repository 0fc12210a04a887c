import { decodeChains, decodeNodes } from '../../../codec/restate/decode.ts';
import type { ForeignVerification } from '../../../codec/results/foreignVerify.ts';
import { isPortError } from '../../../core/errors.ts';
import type { RegisterSet } from '../../../core/registerSet.ts';
import type { NodeEvidence } from '../../../core/restate/evidence.ts';
import { logletName } from '../../../core/restate/loglets.ts';
import {
  CHAINS,
  type Chains,
  type ClusterNode,
  EPOCH_PREFIX,
  NODES,
  type Segment,
} from '../../../core/restate/values.ts';
import type { ForeignCluster } from '../../../ports/ForeignCluster.ts';
import { extendLike, lastReplicated } from '../extend.ts';
import { checkRecords } from './records.ts';

export interface ForeignVerifyRequest {
  readonly cluster: ForeignCluster;
  /** Makes a new segment of every log: the only proof that one could be made. */
  readonly probe: boolean;
}

type Log = ForeignVerification['logs'][number];
type Located = { readonly node: ClusterNode; readonly address: string };

/** Store against nodes, chains against log-servers, every log's tail, every partition. Changes nothing but with `probe`. */
export async function verifyForeign({ cluster, probe }: ForeignVerifyRequest): Promise<ForeignVerification> {
  const problems: string[] = [];
  const [looks, store] = await Promise.all([cluster.look(), readStore(cluster, problems)]);
  const nodes = nodesIn(store, looks, problems);
  const chains = chainsIn(store, problems);
  const logs: Log[] = [];
  for (const [logId, segments] of chains?.logs ?? [])
    logs.push(await verifyLog({ cluster, logId, segments, nodes, probe, problems }));
  const partitions = await verifyPartitions(cluster);
  const result = { nodes: looks.map((look) => nodeResult(look, store, nodes)), logs, partitions, problems };
  return { verdict: verdictOf(result, looks), ...result };
}

async function readStore(cluster: ForeignCluster, problems: string[]): Promise<RegisterSet> {
  try {
    return await cluster.registers.readAll();
  } catch (error) {
    if (!isPortError(error)) throw error;
    problems.push(`The metadata store cannot be read: ${error.message}.`);
    return new Map();
  }
}

function nodesIn(store: RegisterSet, looks: readonly NodeEvidence[], problems: string[]): Located[] {
  const register = store.get(NODES);
  const decoded = register && decodeNodes(register.bytes);
  if (decoded?.ok !== true) {
    problems.push(`${NODES} cannot be read. ${decoded?.problem ?? 'It is not there.'}`);
    return [];
  }
  const answering = new Map(
    looks.flatMap(({ address, answer }) =>
      answer.kind === 'answered' && answer.ident.node !== undefined
        ? [[answer.ident.node.id, address] as const]
        : [],
    ),
  );
  return decoded.value.nodes.flatMap((node) => {
    const address = answering.get(node.id);
    return address === undefined ? [] : [{ node, address }];
  });
}

function chainsIn(store: RegisterSet, problems: string[]): Chains | undefined {
  const register = store.get(CHAINS);
  const decoded = register && decodeChains(register.bytes);
  if (decoded?.ok === true) return decoded.value;
  problems.push(`${CHAINS} cannot be read. ${decoded?.problem ?? 'It is not there.'}`);
  return undefined;
}

interface LogRequest {
  readonly cluster: ForeignCluster;
  readonly logId: number;
  readonly segments: readonly Segment[];
  readonly nodes: readonly Located[];
  readonly probe: boolean;
  readonly problems: string[];
}

async function verifyLog(request: LogRequest): Promise<Log> {
  const { cluster, logId, segments, nodes, problems } = request;
  const tail = await orProblem(problems, `The tail of log ${logId} is not found`, () =>
    cluster.findTail(logId),
  );
  const checked: Log['segments'][number][] = [];
  for (const [place, segment] of segments.entries()) {
    const end = segments[place + 1]?.base ?? tail?.lsn;
    if (segment.kind !== 'replicated' || end === undefined) continue;
    const found = await checkRecords(cluster, segment, end, nodes);
    checked.push({ logletId: logletName(segment.logletId), start: segment.base, end, ...found });
  }
  const extended = request.probe ? await extend(request) : null;
  return { logId: String(logId), tail: tail?.lsn ?? null, segments: checked, extended };
}

async function extend({ cluster, logId, segments, nodes, problems }: LogRequest): Promise<boolean> {
  const last = lastReplicated(segments);
  if (last === undefined) return false;
  const made = await orProblem(problems, `Log ${logId} takes no new segment`, async () => {
    await extendLike(cluster, { logId, last, nodes: nodes.map(({ node }) => node) });
    return true;
  });
  return made === true;
}

async function orProblem<T>(problems: string[], what: string, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isPortError(error)) throw error;
    problems.push(`${what}: ${error.message}.`);
    return undefined;
  }
}

async function verifyPartitions(cluster: ForeignCluster): Promise<ForeignVerification['partitions']> {
  const [looks, replicas] = await Promise.all([cluster.partitions(), cluster.replicas()]);
  return (looks ?? []).map(({ partitionId }) => {
    const own = (replicas ?? []).filter((one) => one.partitionId === partitionId);
    const broken = own.flatMap(({ node, broken: why }) => (why === undefined ? [] : [`N${node.id}: ${why}`]));
    const active = own.some(({ leads, replay }) => leads && replay === 'active');
    return {
      id: partitionId,
      active: active && broken.length === 0,
      detail: broken.join('; ') || (active ? '' : 'no active leader'),
    };
  });
}

/** What no node remembers is not asked of one. */
function nodeResult(
  { address, answer }: NodeEvidence,
  store: RegisterSet,
  nodes: readonly Located[],
): ForeignVerification['nodes'][number] {
  const name = nodes.find((one) => one.address === address)?.node.name ?? address;
  if (answer.kind === 'silent' || answer.ident.node === undefined) return { name, behind: [], joined: false };
  const { versions } = answer.ident;
  const behind = [...store].flatMap(([key, { version }]) => {
    const remembered = versions.get(key);
    if (key.startsWith(EPOCH_PREFIX) || remembered === undefined || remembered >= version) return [];
    return [key];
  });
  return { name, behind, joined: true };
}

function verdictOf(
  { logs, nodes, partitions, problems }: Omit<ForeignVerification, 'verdict'>,
  looks: readonly NodeEvidence[],
): ForeignVerification['verdict'] {
  if (looks.every(({ answer }) => answer.kind === 'silent')) return 'unreachable';
  const segments = logs.flatMap((log) => log.segments);
  if (segments.some(({ missing }) => missing.length > 0)) return 'loss';
  const isWhole =
    problems.length === 0 &&
    segments.every(({ thin }) => thin.length === 0) &&
    nodes.every(({ joined, behind }) => joined && behind.length === 0) &&
    partitions.every(({ active }) => active);
  return isWhole ? 'ok' : 'risk';
}
