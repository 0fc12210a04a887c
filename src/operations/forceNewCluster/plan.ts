import type { RebuildPlan } from '../../codec/plan.ts';
import {
  type ForceNewClusterPlan,
  memberPlaceSchema,
  type PlannedMember,
  type PlannedSurvivor,
} from '../../codec/plans/forceNewCluster.ts';
import { withPlanId } from '../../codec/plans/head.ts';
import { identityOf } from '../../core/chain.ts';
import type { RecoveryId } from '../../core/ids.ts';
import type { Consent } from '../../core/reconstruct/reconstruct.ts';
import type { MemberLook, MemberPlace } from '../../ports/MetaStoreAdmin.ts';
import { planRebuild } from '../rebuild/plan.ts';
import { actionsOf } from './actions.ts';
import type { FoundSurvivor, Remains } from './look.ts';
import { assumptionsOf, problemsOf } from './words.ts';

export interface ForceNewClusterInput {
  readonly cluster: { readonly id: ForceNewClusterPlan['cluster']['id']; readonly name: string };
  readonly remains: Remains;
  readonly consent: Consent;
  /** Drawn by this run. */
  readonly recoveryId: RecoveryId;
  /** How many members there shall be. */
  readonly growTo: number;
}

/** What will be done to have a MetaStore again (protocol §5). Pure: same evidence, same bytes. */
export function planForceNewCluster(input: ForceNewClusterInput): ForceNewClusterPlan {
  const { cluster, remains, consent, recoveryId } = input;
  const { engine, hands, chosen, serving } = remains;
  const start = serving.length > 0 || engine === 'file' ? 'running' : chosen ? 'survivor' : 'empty';
  const rebuild = planRebuild({
    observation: remains.observation,
    clusterName: cluster.name,
    consent,
    recoveryId,
    // The majority that is lost today may come back tomorrow: its generation must be behind us then.
    renew: start !== 'running',
  });
  const places = placesOf(input, start);
  const body: Omit<ForceNewClusterPlan, 'planId' | 'actions' | 'problems' | 'assumptions'> = {
    schemaVersion: 1 as const,
    kind: 'force-new-cluster' as const,
    cluster,
    decision: decisionOf(rebuild, start, places),
    engine,
    start,
    hands,
    members: remains.members.map((member) => describeMember(member, serving)),
    survivors: remains.survivors.map((one) => describeSurvivor(one, one === chosen)),
    stale: chosen === undefined ? [] : staleOf(chosen, rebuild),
    // New with every recovery: who has it was made by this one.
    token: `${cluster.id}-${recoveryId}`,
    ...places,
    rebuild,
    needs: [...new Set(rebuild.logs.flatMap((log) => log.needs))],
    given: givenIn(consent),
  };
  const whole = {
    ...body,
    problems: problemsOf(body),
    assumptions: assumptionsOf(body),
  };
  return withPlanId({ ...whole, actions: actionsOf(whole) });
}

type Places = Pick<ForceNewClusterPlan, 'serving' | 'additions'> &
  Partial<Pick<ForceNewClusterPlan, 'first' | 'servingClusterId'>>;

/** The chosen survivor's own place is where the new cluster begins; the others follow in the configuration's order. */
function placesOf({ remains, growTo }: ForceNewClusterInput, start: ForceNewClusterPlan['start']): Places {
  const { members, serving, chosen, engine } = remains;
  if (engine === 'file') return { serving: [], additions: [] };
  const places = members.map(placeOf);
  if (start === 'running') {
    const peers = new Set(serving.flatMap((one) => one.peers));
    const strangers = places.filter(({ peerUrl }) => !peers.has(peerUrl));
    const clusterId = serving[0]?.clusterId;
    return {
      serving: serving.map(placeOf),
      ...(clusterId !== undefined && { servingClusterId: clusterId }),
      additions: strangers.slice(0, Math.max(0, growTo - peers.size)),
    };
  }
  const own = chosen?.origin === 'member' ? places.find(({ name }) => name === chosen.name) : undefined;
  const byData = places.find(({ dataDir }) => dataDir !== undefined && dataDir === chosen?.name);
  const first = own ?? byData ?? places[0];
  if (first === undefined) throw new Error('an etcd without a member');
  return { first, serving: [], additions: places.filter((one) => one !== first).slice(0, growTo - 1) };
}

function decisionOf(
  rebuild: RebuildPlan,
  start: ForceNewClusterPlan['start'],
  { additions }: Places,
): ForceNewClusterPlan['decision'] {
  if (rebuild.logs.some((log) => log.decision === 'refuse')) return 'refuse';
  const isIdle = rebuild.logs.every((log) => log.decision === 'nothing to do');
  return start === 'running' && isIdle && additions.length === 0 ? 'nothing to do' : 'apply';
}

function placeOf({ name, clientUrl, peerUrl, dataDir, location }: MemberLook): MemberPlace {
  return memberPlaceSchema.parse({
    name,
    clientUrl,
    peerUrl,
    ...(dataDir !== undefined && { dataDir }),
    ...(location !== undefined && { location }),
  });
}

function describeMember(member: MemberLook, serving: readonly MemberLook[]): PlannedMember {
  const { state, clusterId, memberId, revision, detail } = member;
  const current = serving[0]?.clusterId;
  return {
    ...placeOf(member),
    state,
    old: current !== undefined && clusterId !== undefined && clusterId !== current,
    ...(clusterId !== undefined && { clusterId }),
    ...(memberId !== undefined && { memberId }),
    ...(revision !== undefined && { revision }),
    ...(detail !== undefined && { detail }),
  };
}

function describeSurvivor(
  { origin, name, contents, problem }: FoundSurvivor,
  chosen: boolean,
): PlannedSurvivor {
  const problems = [
    ...(problem === undefined ? [] : [problem.endsWith('.') ? problem : `${problem}.`]),
    ...(contents?.problems ?? []),
  ];
  const registers = contents?.chains.map((chain) => ({ logId: chain.logId, identity: identityOf(chain) }));
  return {
    origin,
    name,
    ...(contents !== undefined && { engine: contents.engine }),
    ...(contents?.revision !== undefined && { revision: contents.revision }),
    otherKeys: contents?.otherKeys ?? 0,
    registers: registers ?? [],
    chosen,
    problems,
  };
}

/** Segments that the evidence shows and the survivor has never heard of. */
function staleOf({ contents }: FoundSurvivor, rebuild: RebuildPlan): ForceNewClusterPlan['stale'] {
  return rebuild.logs.flatMap((log) => {
    const held = contents?.chains.find(({ logId }) => logId === log.logId);
    const known = new Set(held?.segments.map(({ logletId }) => logletId));
    const segmentsUnknown = log.segments.filter(({ logletId }) => !known.has(logletId)).length;
    return segmentsUnknown === 0 ? [] : [{ logId: log.logId, knew: held?.version ?? null, segmentsUnknown }];
  });
}

function givenIn(consent: Consent): string[] {
  return [
    ...[...consent.acceptLoss].sort().map((log) => `--accept-loss ${log}`),
    ...[...consent.acceptUnproven].sort().map((log) => `--accept-unproven ${log}`),
    ...(consent.oldMetaStoreDestroyed ? ['--old-metastore-destroyed'] : []),
    ...(consent.repositoryDestroyed === true ? ['--repository-destroyed'] : []),
  ];
}
