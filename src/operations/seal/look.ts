import { type Chain, lastSegment, type Segment } from '../../core/chain.ts';
import { segmentOf } from '../../core/descriptor.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import type { ChainEvidence, Observation } from '../../core/evidence.ts';
import { FIRST_GENERATION, greatestGeneration } from '../../core/generation.ts';
import type { LogId, LogletId, Position, ServerId } from '../../core/ids.ts';
import { reconstructLog } from '../../core/reconstruct/reconstruct.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import type { Cluster } from '../cluster.ts';
import { observe } from '../observe/observe.ts';
import { registerOf } from '../register.ts';

export interface SealRequest {
  readonly logId: LogId;
  /** The last one when absent. */
  readonly logletId?: LogletId;
  /** What clients of this machine read last; used when the register cannot be read. */
  readonly caches?: readonly ChainEvidence[];
}

/** What is to be sealed, and how it stands. Values only: planning is a function of this. */
export interface SealLook {
  readonly chain: Chain;
  readonly from: 'the register' | 'loglets and caches';
  readonly segment: Segment;
  readonly place: 'last' | 'earlier' | 'not in the chain';
  readonly metaStore: { readonly writable: boolean; readonly detail?: string };
  readonly members: readonly {
    readonly id: ServerId;
    readonly state: 'open' | 'sealed' | 'silent' | 'without a copy';
    readonly localTail?: Position;
    readonly tailAtSeal?: Position;
    readonly knownCommitted?: Position;
  }[];
  /** What of the chain itself could not be shown. */
  readonly doubts: readonly string[];
}

/** Reads only. Works with the MetaStore down: then the chain is what the loglets and caches tell. */
export async function lookAtSeal(cluster: Cluster, request: SealRequest): Promise<SealLook> {
  const metaStore = await provenWritable(cluster, request.logId);
  const found = await chainFor(cluster, request, metaStore.writable);
  const target = await targetOf(cluster, request, found.chain);
  const { replies } = await logletOf(target.segment, cluster.logServers).states();
  const members = replies.map((reply): SealLook['members'][number] => {
    const id = reply.serverId;
    if (reply.said === 'nothing') return { id, state: 'silent' };
    if (reply.said === 'no') return { id, state: 'without a copy' };
    const { sealed, localTail, tailAtSeal, knownCommitted } = reply.value;
    const state = sealed ? 'sealed' : 'open';
    return { id, state, localTail, knownCommitted, ...(tailAtSeal !== undefined && { tailAtSeal }) };
  });
  return { ...found, ...target, metaStore, members };
}

async function provenWritable(cluster: Cluster, logId: LogId): Promise<SealLook['metaStore']> {
  try {
    await cluster.metaStore.proveWritable(logId);
    return { writable: true };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { writable: false, detail: error.message };
  }
}

async function chainFor(
  cluster: Cluster,
  request: SealRequest,
  isWritable: boolean,
): Promise<Pick<SealLook, 'chain' | 'from' | 'doubts'>> {
  try {
    return { chain: await registerOf(cluster, request.logId), from: 'the register', doubts: [] };
  } catch (error) {
    // An empty register is a lost one, and a rebuild's business: only a silent MetaStore is worked around.
    if (isWritable || !(error instanceof DrError) || error.code !== 'E_METASTORE_UNAVAILABLE') throw error;
    return fromEvidence(request.logId, await observe(cluster, { caches: request.caches ?? [] }));
  }
}

function fromEvidence(logId: LogId, observation: Observation): Pick<SealLook, 'chain' | 'from' | 'doubts'> {
  const consent = {
    acceptLoss: new Set([logId]),
    acceptUnproven: new Set([logId]),
    oldMetaStoreDestroyed: false,
  };
  const rebuilt = reconstructLog(observation, logId, consent);
  if (rebuilt.chain === undefined)
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: `The MetaStore does not answer, and nobody else can tell which loglet of log ${logId} is the last. Nothing was changed.`,
    });
  const { segments } = rebuilt.chain;
  // The loss that a rebuild would accept is nobody's decision here.
  const bare = segments.map(({ loss: _, ...segment }) => segment);
  const held = observation.servers.flatMap(({ answer }) =>
    answer.kind === 'answered' && answer.status.generation ? [answer.status.generation] : [],
  );
  const version = Math.max(1, rebuilt.versionSeen);
  return {
    chain: {
      ...rebuilt.chain,
      segments: bare,
      generation: greatestGeneration(held) ?? FIRST_GENERATION,
      version,
      generationStart: version,
    },
    from: 'loglets and caches',
    doubts: rebuilt.problems.filter((one) => one.kind !== 'not sealable').map((one) => one.message),
  };
}

async function targetOf(
  cluster: Cluster,
  { logId, logletId }: SealRequest,
  chain: Chain,
): Promise<Pick<SealLook, 'segment' | 'place'>> {
  const last = lastSegment(chain);
  if (logletId === undefined || logletId === last.logletId) return { segment: last, place: 'last' };
  const listed = chain.segments.find((segment) => segment.logletId === logletId);
  if (listed !== undefined) return { segment: listed, place: 'earlier' };
  const { servers } = await observe(cluster, { useRepository: false });
  for (const { answer } of servers) {
    if (answer.kind !== 'answered') continue;
    const found = answer.loglets.find((state) => state.descriptor.logletId === logletId);
    if (found?.descriptor.logId === logId)
      return { segment: segmentOf(found.descriptor), place: 'not in the chain' };
  }
  throw new DrError('E_USAGE', {
    message: `Log ${logId} has no loglet ${logletId} that the register or any server knows. Nothing was changed.`,
    hint: '`vlog-dr assess` lists the loglets of a log.',
  });
}
