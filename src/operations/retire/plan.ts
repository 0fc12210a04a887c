import { withPlanId } from '../../codec/plans/head.ts';
import type { RetirePlan } from '../../codec/plans/membership.ts';
import { without } from '../../core/archive.ts';
import { type Chain, lastSegment, type Segment } from '../../core/chain.ts';
import type { Copy, Observation, ServerAnswer } from '../../core/evidence.ts';
import { compareGenerations, describeGeneration } from '../../core/generation.ts';
import type { LogId, LogletId, Position, ServerId, StoreId } from '../../core/ids.ts';
import { uncovered } from '../../core/reconstruct/segments.ts';
import { type Standing, standingOf, storesNamed } from '../../core/standing.ts';

export interface RetireConsent {
  readonly acceptLoss: ReadonlySet<LogId>;
  /** The operator states that every disk this server ever had is destroyed. */
  readonly destroyed: boolean;
}

export interface RetirePlanInput {
  readonly observation: Observation;
  readonly clusterName: string;
  readonly server: ServerId;
  readonly consent: RetireConsent;
  /** Once servers have promised to stay, only their copies count. */
  readonly staying?: ReadonlySet<ServerId>;
}

type LogView = RetirePlan['logs'][number];

/** Whether a server can be taken out of service without harm to data or to later proofs (protocol §3). Pure. */
export function planRetire(input: RetirePlanInput): RetirePlan {
  const { observation, server, consent } = input;
  const answer = observation.servers.find((one) => one.serverId === server)?.answer;
  const standing = standingOf(observation);
  const status = answer?.kind === 'answered' && !answer.offline ? answer.status : undefined;
  const stores = storesToRecord(observation, server, answer, consent.destroyed);
  const logs = observation.registers.map(({ chain }) => viewOf(input, chain, stores));
  const needs = needsOf(logs, status === undefined);
  const given = needs.filter((flag) =>
    flag === '--destroyed' ? consent.destroyed : consent.acceptLoss.has(flag.split(' ')[1] as LogId),
  );
  const blockers = blockersOf(input, standing, logs);
  const isDone =
    (status?.retired === true || (status === undefined && consent.destroyed)) &&
    logs.every((log) => log.recorded);
  const canApply = blockers.length === 0 && needs.length === given.length && stores.length > 0;
  const decision = canApply && !isDone ? 'apply' : canApply ? 'nothing to do' : 'refuse';
  const body: Omit<RetirePlan, 'planId' | 'actions'> = {
    schemaVersion: 1,
    kind: 'retire',
    cluster: { id: observation.clusterId, name: input.clusterName },
    decision,
    problems: [...blockers, ...notices(input, { logs, stores, isSilent: status === undefined })],
    needs,
    given,
    assumptions: consent.destroyed ? [`Every disk that ${server} ever had is destroyed.`] : [],
    server,
    ...(status && { storeId: status.storeId }),
    ...(standing.generation && { generation: standing.generation }),
    alreadyRetired: status?.retired === true,
    destroyed: consent.destroyed,
    stores,
    logs,
  };
  return withPlanId({ ...body, actions: decision === 'apply' ? actionsOf(body) : [] });
}

/** Whether `now` would lose what `plan` did not say. */
export function losesMore(now: RetirePlan, plan: RetirePlan): boolean {
  return now.logs.some(({ logId, onlyHere }) => {
    const said = plan.logs.find((log) => log.logId === logId)?.onlyHere ?? [];
    return onlyHere.some((gap) => without(gap, said).length > 0);
  });
}

/** An earlier disk of the server may still lie in a drawer: it counts only when it is stated to be destroyed. */
function storesToRecord(
  observation: Observation,
  server: ServerId,
  answer: ServerAnswer | undefined,
  destroyed: boolean,
): StoreId[] {
  if (destroyed) return [...storesNamed(observation, server)].sort();
  return answer === undefined || answer.kind === 'silent' ? [] : [answer.status.storeId];
}

function viewOf(input: RetirePlanInput, chain: Chain, stores: readonly StoreId[]): LogView {
  const { observation, server } = input;
  return {
    logId: chain.logId,
    recorded: stores.length > 0 && stores.every((store) => chain.retired.includes(store)),
    inLastNodeset: lastSegment(chain).nodeset.some((member) => member.serverId === server),
    pendingIn: pendingIn(observation, chain, server),
    onlyHere: chain.segments.flatMap((segment) => onlyOn(input, chain, segment)),
  };
}

/** Loglets that may yet become the last one. */
function pendingIn(observation: Observation, chain: Chain, server: ServerId): LogletId[] {
  const pending = new Set<LogletId>();
  for (const { answer } of observation.servers) {
    if (answer.kind !== 'answered') continue;
    for (const { descriptor } of answer.loglets) {
      if (descriptor.logId !== chain.logId || descriptor.index <= lastSegment(chain).index) continue;
      if (compareGenerations(descriptor.generation, chain.generation) < 0) continue;
      if (descriptor.nodeset.some((member) => member.serverId === server)) pending.add(descriptor.logletId);
    }
  }
  return [...pending].sort();
}

function onlyOn(input: RetirePlanInput, chain: Chain, segment: Segment): { from: Position; to: Position }[] {
  const { end, nodeset } = segment;
  if (end === undefined || !nodeset.some((member) => member.serverId === input.server)) return [];
  const from = segment.start > chain.trimPoint ? segment.start : chain.trimPoint;
  const archived = segment.archive?.spans ?? [];
  const gaps = uncovered({ from, to: end }, copiesElsewhere(input, segment));
  return gaps.flatMap((gap) => without(gap, archived));
}

function copiesElsewhere({ observation, server, staying }: RetirePlanInput, segment: Segment): Copy[] {
  return observation.servers.flatMap(({ serverId, answer }) => {
    if (serverId === server || answer.kind !== 'answered' || answer.offline || answer.status.retired)
      return [];
    if (staying?.has(serverId) === false) return [];
    const { storeId } = answer.status;
    if (!segment.nodeset.some((member) => member.storeId === storeId)) return [];
    return answer.loglets
      .filter((state) => state.descriptor.logletId === segment.logletId)
      .map((state) => ({ serverId, storeId, offline: false, state }));
  });
}

function needsOf(logs: readonly LogView[], isSilent: boolean): string[] {
  const losing = logs.filter((log) => log.onlyHere.length > 0).map((log) => `--accept-loss ${log.logId}`);
  return isSilent ? ['--destroyed', ...losing] : losing;
}

function blockersOf(
  { observation, server }: RetirePlanInput,
  standing: Standing,
  logs: readonly LogView[],
): string[] {
  const blockers: string[] = [];
  if (!observation.registerReadable)
    blockers.push('The MetaStore does not answer: nobody tells which logs use the server.');
  const { generation, registered } = standing;
  if (generation && registered && compareGenerations(registered, generation) < 0)
    blockers.push(
      `A recovery raised generation ${describeGeneration(generation)} and is not finished: finish it first.`,
    );
  for (const log of logs) {
    if (log.inLastNodeset)
      blockers.push(
        `Log ${log.logId} appends to ${server}: run \`vlog-dr reconfigure ${log.logId} --exclude ${server} --apply\` first.`,
      );
    if (log.pendingIn.length > 0)
      blockers.push(
        `Loglet ${log.pendingIn.join(', ')} of log ${log.logId}, on ${server}, may yet be installed: run \`vlog-dr reconfigure ${log.logId} --exclude ${server} --apply\` first.`,
      );
  }
  return blockers;
}

function notices(
  { observation, server, consent }: RetirePlanInput,
  { logs, stores, isSilent }: { logs: readonly LogView[]; stores: readonly StoreId[]; isSilent: boolean },
): string[] {
  const lines: string[] = [];
  if (isSilent && !consent.destroyed)
    lines.push(
      `${server} does not answer, so it cannot be told to stop: start it, or state with --destroyed that its disk is.`,
    );
  const earlier = [...storesNamed(observation, server)].filter((store) => !stores.includes(store));
  if (!isSilent && earlier.length > 0)
    lines.push(
      `Earlier disks of ${server} (${earlier.join(', ')}) are not recorded as gone unless --destroyed is given.`,
    );
  for (const log of logs) {
    const held = log.onlyHere.map(({ from, to }) => `${from} to ${to}`).join(', ');
    if (held !== '')
      lines.push(
        `Of log ${log.logId}, positions ${held} are on no other server that answers: \`vlog-dr repair\` copies them.`,
      );
  }
  return lines;
}

function actionsOf(plan: Omit<RetirePlan, 'planId' | 'actions'>): RetirePlan['actions'] {
  const actions: { step: string; says: string }[] = [];
  if (plan.storeId !== undefined && !plan.alreadyRetired)
    actions.push({
      step: 'retire the store',
      says: `Tell ${plan.server} to refuse every generation from now on, for good.`,
    });
  for (const { logId, recorded } of plan.logs) {
    if (!recorded)
      actions.push({
        step: `log ${logId}: record`,
        says: `Go on with log ${logId} in a new loglet that records the store as gone.`,
      });
  }
  return actions;
}
