import { withPlanId } from '../../codec/plans/head.ts';
import type { CopyRepair, RepairPlan, SegmentRepair } from '../../codec/plans/repair.ts';
import type { Copy } from '../../core/evidence.ts';
import { barred, isUsable } from '../../core/findings/barring.ts';
import { type Ended, endedSegments } from '../../core/findings/ended.ts';
import { findingsOf } from '../../core/findings/findings.ts';
import { type LogSituation, type Look, type Situation, situationOf } from '../../core/findings/situation.ts';
import type { ClusterId, Position, ServerId } from '../../core/ids.ts';
import { liveMembers } from '../../core/reconstruct/candidates.ts';
import type { LogletFacts } from '../../core/reconstruct/facts.ts';
import { uncovered } from '../../core/reconstruct/segments.ts';
import { actionsOf } from './actions.ts';

export interface RepairInput {
  readonly cluster: { readonly id: ClusterId; readonly name: string };
  readonly look: Look;
}

/**
 * What would make the copies of ended segments whole again (protocol §3: `repair` is for sealed copies, and counts
 * toward no acknowledgement). Only below ends that are final: what lies above an end that may still move must not be
 * copied about. Pure.
 */
export function planRepair({ cluster, look }: RepairInput): RepairPlan {
  const situation = situationOf(look);
  const findings = findingsOf(situation);
  const problems = barred(situation, findings);
  const usable = situation.logs.filter((log) => isUsable(log, findings));
  const logs = usable.flatMap((log) => planLog(log));
  const body: Omit<RepairPlan, 'planId' | 'actions'> = {
    schemaVersion: 1,
    kind: 'repair',
    cluster,
    decision: logs.length > 0 ? 'apply' : problems.length > 0 ? 'refuse' : 'nothing to do',
    problems,
    needs: [],
    given: [],
    assumptions: [],
    logs,
    left: usable.flatMap((log) => leftOf(log, situation)),
  };
  return withPlanId({ ...body, actions: actionsOf(body) });
}

function planLog(log: LogSituation): RepairPlan['logs'] {
  const { register, logId } = log;
  if (register === undefined) return [];
  const segments = endedSegments(log, register).flatMap((ended) => repairOf(ended, register.trimPoint));
  if (segments.length === 0) return [];
  return [{ logId, version: register.version, generation: register.generation, segments }];
}

function repairOf({ facts, end, next }: Ended, trimPoint: Position): SegmentRepair[] {
  const live = liveMembers(facts);
  const copies = live.flatMap((copy) => copyRepair(copy, { live, end, trimPoint }) ?? []);
  const record = facts.close ?? closeRecord(next, end);
  const unaware = live.filter((copy) => copy.state.close === undefined).map((copy) => copy.serverId);
  const close = unaware.length > 0 && record !== undefined ? { servers: unaware, record } : undefined;
  if (copies.length === 0 && close === undefined) return [];
  const { index, logletId } = facts;
  return [{ index, logletId, end, ...(close && { close }), copies }];
}

function closeRecord({ descriptor }: LogletFacts, end: Position) {
  if (descriptor === undefined) return undefined;
  const { logletId, nodeset, chainVersion } = descriptor;
  return { end, successor: { logletId, nodeset, chainVersion } };
}

/** `undefined` when the copy lacks nothing that another one has. */
function copyRepair(
  copy: Copy,
  segment: { readonly live: readonly Copy[]; readonly end: Position; readonly trimPoint: Position },
): CopyRepair | undefined {
  const { end, trimPoint } = segment;
  const { localTail, firstHeld, corrupt = [] } = copy.state;
  const others = segment.live.filter((one) => one !== copy);
  const isHeld = (position: Position): boolean =>
    uncovered({ from: position, to: position + 1n }, others).length === 0;
  const damaged = corrupt.filter(
    (position) => position >= firstHeld && position >= trimPoint && position < end && isHeld(position),
  );
  // Copies have no holes: it can grow only as far as the others follow without one.
  const [gap] = localTail < end ? uncovered({ from: localTail, to: end }, others) : [];
  const to = gap === undefined ? end : gap.from;
  const grows = localTail < to;
  if (!grows && damaged.length === 0) return undefined;
  return {
    server: copy.serverId,
    ...(grows && { missing: { from: localTail, to } }),
    damaged,
    sources: others.map((one) => one.serverId),
  };
}

/** Copies that stay less than whole whatever is done now. */
function leftOf(log: LogSituation, situation: Situation): RepairPlan['left'] {
  const { register, logId } = log;
  if (register === undefined) return [];
  return endedSegments(log, register).flatMap(({ facts, end }) => {
    const live = liveMembers(facts);
    if (facts.start >= end) return [];
    const { index, logletId } = facts;
    const absent = facts.nodeset
      .filter((member) => !live.some((copy) => copy.serverId === member.serverId))
      .map(({ serverId, storeId }) => ({
        logId,
        index,
        logletId,
        server: serverId,
        because: whyAbsent(situation, serverId, storeId),
      }));
    const beyondHelp = live
      .filter((copy) => !becomesWhole(copy, { live, end, trimPoint: register.trimPoint }))
      .map((copy) => ({
        logId,
        index,
        logletId,
        server: copy.serverId,
        because: 'no server that answers has what it lacks' as const,
      }));
    return [...absent, ...beyondHelp];
  });
}

function becomesWhole(
  copy: Copy,
  segment: { live: readonly Copy[]; end: Position; trimPoint: Position },
): boolean {
  const planned = copyRepair(copy, segment);
  const reaches = planned?.missing?.to ?? copy.state.localTail;
  const unhealed = (copy.state.corrupt ?? []).filter(
    (position) =>
      position >= segment.trimPoint && position < segment.end && !planned?.damaged.includes(position),
  );
  return reaches >= segment.end && unhealed.length === 0;
}

function whyAbsent(
  { servers }: Situation,
  serverId: ServerId,
  storeId: string,
): RepairPlan['left'][number]['because'] {
  const seen = servers.get(serverId);
  if (seen === undefined || seen.state === 'unreachable') return 'it does not answer';
  if (seen.state === 'retired') return 'it was retired';
  const { answer } = seen.server;
  const isSame = answer.kind === 'answered' && answer.status.storeId === storeId;
  return isSame ? 'it does not hold the loglet' : 'its disk was replaced';
}
