import type { FencePlan } from '../../codec/plans/fence.ts';
import { withPlanId } from '../../codec/plans/head.ts';
import { type Chain, lastSegment } from '../../core/chain.ts';
import type { Observation, ObservedServer } from '../../core/evidence.ts';
import {
  compareGenerations,
  describeGeneration,
  FIRST_GENERATION,
  type Generation,
} from '../../core/generation.ts';
import type { LogId, LogletId, ServerId } from '../../core/ids.ts';
import type { LogletState } from '../../core/logletState.ts';
import { standingOf, storesNamed, storesRetired } from '../../core/standing.ts';

export interface FencePlanInput {
  readonly observation: Observation;
  readonly clusterName: string;
}

/** Which servers stand lower than the cluster, and what they alone know (protocol §5.7). Pure. */
export function planFence({ observation, clusterName }: FencePlanInput): FencePlan {
  const standing = standingOf(observation);
  const generation = standing.generation ?? FIRST_GENERATION;
  const retired = storesRetired(observation);
  const isGone = (server: ServerId) =>
    [...storesNamed(observation, server)].some((store) => retired.has(store));
  const servers = observation.servers.map((server) => describe(server, generation, isGone));
  const quarantine = quarantineOf(observation);
  const blocking = unfinished(observation, generation, standing.registered);
  const body: Omit<FencePlan, 'planId' | 'decision' | 'actions'> = {
    schemaVersion: 1,
    kind: 'fence',
    cluster: { id: observation.clusterId, name: clusterName },
    problems: blocking,
    needs: [],
    given: [],
    assumptions: observation.registerReadable
      ? []
      : ['The MetaStore does not answer: no later generation is in its registers than the servers tell.'],
    generation,
    servers,
    quarantine,
  };
  const actions = actionsOf(body);
  const decision = actions.length === 0 ? 'nothing to do' : blocking.length > 0 ? 'refuse' : 'apply';
  return withPlanId({ ...body, decision, actions: decision === 'apply' ? actions : [] });
}

/** To spread the fence of a recovery that stopped half way would only stop more servers. */
function unfinished(
  observation: Observation,
  generation: Generation,
  registered: Generation | undefined,
): string[] {
  if (!observation.registerReadable || registered === undefined) return [];
  if (compareGenerations(registered, generation) >= 0) return [];
  return [
    `Servers stand under generation ${describeGeneration(generation)}, the registers under ${describeGeneration(registered)}: a recovery is not finished. Resume it, or run \`vlog-dr rebuild-metastore\` again.`,
  ];
}

function describe(
  { serverId, answer }: ObservedServer,
  current: Generation,
  isGone: (server: ServerId) => boolean,
): FencePlan['servers'][number] {
  switch (answer.kind) {
    case 'silent':
      return { id: serverId, state: 'silent', detail: answer.detail };
    case 'unadmitted':
      return isGone(serverId)
        ? { id: serverId, state: 'not admitted', detail: 'the server was taken out of service for good' }
        : { id: serverId, state: 'not admitted' };
    case 'foreign':
      return { id: serverId, state: 'foreign', detail: `it belongs to cluster ${answer.status.clusterId}` };
    case 'answered': {
      const { generation, retired } = answer.status;
      const held = generation && { generation };
      if (retired) return { id: serverId, state: 'retired', ...held };
      const behind = generation !== undefined && compareGenerations(generation, current) < 0;
      return { id: serverId, state: behind ? 'behind' : 'current', ...held };
    }
  }
}

interface Found {
  readonly state: LogletState;
  readonly holders: { readonly id: ServerId; readonly sealed: boolean }[];
}

function quarantineOf(observation: Observation): FencePlan['quarantine'] {
  return observation.registers.flatMap(({ logId, chain }) => {
    return [...foundIn(observation, logId).values()].flatMap((found) => {
      const because = whyOutside(chain, found.state);
      if (because === undefined) return [];
      const { logletId, index } = found.state.descriptor;
      const servers = found.holders.map((holder) => holder.id);
      const open = found.holders.filter((holder) => !holder.sealed).map((holder) => holder.id);
      return [{ logId, logletId, index, servers, open, because }];
    });
  });
}

function foundIn(observation: Observation, logId: LogId): Map<LogletId, Found> {
  const all = new Map<LogletId, Found>();
  for (const { serverId, answer } of observation.servers) {
    if (answer.kind !== 'answered' || answer.offline || answer.status.retired) continue;
    for (const state of answer.loglets) {
      if (state.descriptor.logId !== logId) continue;
      const found = all.get(state.descriptor.logletId) ?? { state, holders: [] };
      found.holders.push({ id: serverId, sealed: state.sealed });
      all.set(state.descriptor.logletId, found);
    }
  }
  return all;
}

/** A loglet after the last one, of the chain's own generation, is a reconfiguration under way: left alone. */
function whyOutside(
  chain: Chain,
  { descriptor }: LogletState,
): FencePlan['quarantine'][number]['because'] | undefined {
  if (chain.segments.some((segment) => segment.logletId === descriptor.logletId)) return undefined;
  const first = chain.segments[0]?.index ?? 0;
  if (descriptor.index < first) return undefined;
  const order = compareGenerations(descriptor.generation, chain.generation);
  if (order < 0) return 'an earlier generation made it';
  return order === 0 && descriptor.index <= lastSegment(chain).index
    ? 'another loglet has its place'
    : undefined;
}

function actionsOf(plan: Omit<FencePlan, 'planId' | 'decision' | 'actions'>): FencePlan['actions'] {
  const behind = plan.servers.filter((server) => server.state === 'behind').map((server) => server.id);
  const actions: { step: string; says: string }[] = [];
  if (behind.length > 0)
    actions.push({
      step: 'fence',
      says: `Bring ${behind.join(', ')} under generation ${describeGeneration(plan.generation)}.`,
    });
  const open = plan.quarantine.filter((loglet) => loglet.open.length > 0);
  if (open.length > 0)
    actions.push({
      step: 'set aside',
      says: `Seal ${open.map((loglet) => `${loglet.logletId} on ${loglet.open.join(', ')}`).join('; ')}: outside the chain, kept, never served.`,
    });
  return actions;
}
