import type { RebuildPlan } from '../../codec/plan.ts';
import type { ForceNewClusterPlan, PlannedSurvivor } from '../../codec/plans/forceNewCluster.ts';
import { withPlanId } from '../../codec/plans/head.ts';
import { identityOf } from '../../core/chain.ts';
import type { RecoveryId } from '../../core/ids.ts';
import { describeLosses } from '../../core/placement/losses.ts';
import { type Tolerance, toleratedQuorumLoss } from '../../core/placement/tolerance.ts';
import type { Consent } from '../../core/reconstruct/reconstruct.ts';
import { type PlacedMember, placementOf } from '../place/members.ts';
import { planRebuild } from '../rebuild/plan.ts';
import { actionsOf } from './actions.ts';
import type { Remains } from './look.ts';
import { describeMember, type Places, placedMember, placesOf } from './places.ts';
import type { FoundSurvivor } from './survivors.ts';
import { assumptionsOf, mayServeElsewhere, problemsOf } from './words.ts';

const OLD_METASTORE_DESTROYED = '--old-metastore-destroyed';

export interface ForceNewClusterInput {
  readonly cluster: { readonly id: ForceNewClusterPlan['cluster']['id']; readonly name: string };
  readonly remains: Remains;
  readonly consent: Consent;
  /** Drawn by this run. */
  readonly recoveryId: RecoveryId;
  /** How many members there shall be. */
  readonly growTo: number;
  /** Losses that the configuration wants survived. */
  readonly tolerance?: Tolerance;
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
  const places = placesOf({ ...remains, growTo: input.growTo }, start);
  const placed = placedMembers(input, places);
  const members = remains.members.map((member) => describeMember(member, serving));
  const needs = [
    ...new Set([
      ...rebuild.logs.flatMap((log) => log.needs),
      ...(mayServeElsewhere(members, start).length > 0 ? [OLD_METASTORE_DESTROYED] : []),
    ]),
  ];
  const given = givenIn(consent);
  const isConsented = !needs.includes(OLD_METASTORE_DESTROYED) || given.includes(OLD_METASTORE_DESTROYED);
  const body: Omit<ForceNewClusterPlan, 'planId' | 'actions' | 'problems' | 'assumptions'> = {
    schemaVersion: 1 as const,
    kind: 'force-new-cluster' as const,
    cluster,
    decision: isConsented ? decisionOf(rebuild, start, places) : 'refuse',
    engine,
    start,
    hands,
    members,
    survivors: remains.survivors.map((one) => describeSurvivor(one, one === chosen)),
    stale: chosen === undefined ? [] : staleOf(chosen, rebuild),
    // New with every recovery: who has it was made by this one.
    token: `${cluster.id}-${recoveryId}`,
    ...places,
    ...(engine === 'etcd' && { placement: placementOf(placed) }),
    rebuild,
    needs,
    given,
  };
  const whole = {
    ...body,
    problems: [...problemsOf(body), ...intolerable(placed, input.tolerance)],
    assumptions: assumptionsOf(body),
  };
  return withPlanId({ ...whole, actions: actionsOf(whole) });
}

/** Members that neither serve nor are added, because they were there and are silent, count in their majority too. */
function placedMembers({ remains }: ForceNewClusterInput, { first, serving, additions }: Places) {
  const peers = new Set(remains.serving.flatMap((one) => one.peers));
  const silent = remains.members.filter(
    (one) => peers.has(one.peerUrl) && !serving.some(({ name }) => name === one.name),
  );
  const all = [...(first === undefined ? [] : [first]), ...serving, ...silent, ...additions];
  return all.map(placedMember);
}

function intolerable(members: readonly PlacedMember[], tolerance: Tolerance | undefined): string[] {
  const losses = tolerance && members.length > 0 ? toleratedQuorumLoss(members, tolerance) : undefined;
  if (losses === undefined) return [];
  return [
    `Where its members stand, it is not sure to keep its majority with the loss of ${describeLosses(losses)}, which the configuration tolerates.`,
  ];
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
    ...(consent.oldMetaStoreDestroyed ? [OLD_METASTORE_DESTROYED] : []),
    ...(consent.repositoryDestroyed === true ? ['--repository-destroyed'] : []),
  ];
}
