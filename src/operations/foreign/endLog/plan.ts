import type { EndLogPlan } from '../../../codec/plans/endLog.ts';
import { withPlanId } from '../../../codec/plans/head.ts';
import { formatReplication } from '../../../codec/restate/text.ts';
import type { Interval } from '../../../core/evidence.ts';
import { logId as asLogId } from '../../../core/ids.ts';
import { canExtend } from '../../../core/restate/endLog.ts';
import { logletName } from '../../../core/restate/loglets.ts';
import { type ClusterNode, type Replication, serverIdOf } from '../../../core/restate/values.ts';
import { actionsOf, assumptionsOf } from './actions.ts';
import type { EndLogSituation, OtherLog } from './look.ts';

export interface EndLogWish {
  /** Names or ids of nodes that never come back. */
  readonly lost: readonly string[];
  readonly acceptLoss: ReadonlySet<string>;
  readonly replication?: Replication;
  /** Exactly these nodes. */
  readonly servers?: readonly string[];
}

export interface EndLogPlanInput {
  readonly command: EndLogPlan['command'];
  readonly cluster: { readonly name: string };
  readonly situation: EndLogSituation;
  readonly wish: EndLogWish;
}

type Body = Omit<EndLogPlan, 'planId' | 'actions' | 'assumptions'>;

/** How a log of another engine is ended, and goes on. Pure. */
export function planEndLog(input: EndLogPlanInput): EndLogPlan {
  const { situation, command, cluster } = input;
  const { logId, end, last, segments } = situation;
  const forced = forcedIn(input);
  const extension = command === 'reconfigure' ? extensionIn(input) : undefined;
  const needs = needsOf(input);
  const given = needs.filter((flag) => isGiven(flag, input));
  const problems = problemsOf(input, extension);
  const isAllowed = needs.length === given.length && situation.store.state === 'serves';
  const isMarked = segments.at(-1)?.kind === 'sealed';
  const body: Body = {
    schemaVersion: 1,
    kind: 'end-log',
    command,
    cluster: { id: situation.fingerprint.toString(), name: cluster.name },
    logId: asLogId(String(logId)),
    store: situation.store,
    last: {
      index: last.index,
      logletId: logletName(last.logletId),
      start: last.base,
      sealedInChain: isMarked,
      nodeset: last.nodeset.map(serverIdOf),
      replication: formatReplication(last.replication),
      responders: last.nodeset.filter((id) => situation.answering.has(id)).map(serverIdOf),
      silent: end.silent.map(serverIdOf),
      majority: end.majority,
      wouldSettle: end.wouldSettle.map((set) => set.map((id) => serverIdOf(Number(id.slice(1))))),
    },
    ...(forced !== undefined && { forced }),
    ...(extension !== undefined && { extension }),
    needs,
    given,
    problems,
    decision:
      !isAllowed || isBlocked(input, extension)
        ? 'refuse'
        : isMarked && command === 'seal'
          ? 'nothing to do'
          : 'apply',
  };
  const actions = body.decision === 'apply' ? actionsOf(body) : [];
  return withPlanId({ ...body, actions, assumptions: assumptionsOf(body) });
}

function lostNodes({ situation, wish }: EndLogPlanInput): ClusterNode[] {
  return situation.nodes.filter(({ id, name }) => wish.lost.includes(name) || wish.lost.includes(`N${id}`));
}

/** Needed as long as the nodes that answer are no f-majority of the last loglet, and its end is not in the chain yet. */
function isForced({ situation }: EndLogPlanInput): boolean {
  return situation.end.majority === 'no';
}

function forcedIn(input: EndLogPlanInput): EndLogPlan['forced'] | undefined {
  if (!isForced(input)) return undefined;
  const { situation } = input;
  return {
    lost: lostNodes(input).map(({ id, name }) => ({ id: serverIdOf(id), name })),
    tail: situation.end.acceptedTail,
    possiblyLost: possiblyLost(situation),
    otherLogs: affected(situation).map((log) => ({
      logId: asLogId(String(log.logId)),
      tail: log.end.acceptedTail,
      possiblyLost: possiblyLost(log),
    })),
  };
}

/** What only lost nodes may have: holes, and whatever came after the last record that anybody who answers has. */
function possiblyLost({ end, holes }: OtherLog): Interval[] {
  return [...holes, ...(end.majority === 'no' ? [{ from: end.acceptedTail }] : [])];
}

function affected({ others }: EndLogSituation): OtherLog[] {
  return others.filter((log) => possiblyLost(log).length > 0);
}

function needsOf(input: EndLogPlanInput): string[] {
  if (!isForced(input)) return [];
  const { end, nodes, logId } = input.situation;
  const logs = [logId, ...affected(input.situation).map((log) => log.logId)];
  const names = end.silent.map((id) => nodes.find((node) => node.id === id)?.name ?? `N${id}`);
  return [...names.map((name) => `--lost ${name}`), ...logs.map((log) => `--accept-loss ${log}`)];
}

function isGiven(flag: string, input: EndLogPlanInput): boolean {
  const [name, what = ''] = flag.split(' ');
  if (name === '--accept-loss') return input.wish.acceptLoss.has(what);
  return lostNodes(input).some((node) => node.name === what || `N${node.id}` === what);
}

function extensionIn(input: EndLogPlanInput): EndLogPlan['extension'] {
  const { situation, wish } = input;
  const lost = new Set(lostNodes(input).map(({ id }) => id));
  const wanted = (node: ClusterNode) =>
    wish.servers === undefined || wish.servers.includes(node.name) || wish.servers.includes(`N${node.id}`);
  const nodeset = situation.nodes
    .filter((node) => node.roles.includes('log-server') && node.storageState === 'read-write' && wanted(node))
    .map(({ id }) => id)
    .filter((id) => situation.answering.has(id) && !lost.has(id));
  const usual = situation.chains.defaultReplication ?? situation.last.replication;
  const leader = situation.partition?.leader?.id;
  const sequencer = leader !== undefined && situation.answering.has(leader) ? leader : nodeset[0];
  if (sequencer === undefined) return undefined;
  // Restate ends a segment again at once that has less than its settings ask for.
  const isTooMuch = !canExtend(usual, nodeset, situation.nodes);
  return {
    nodeset: nodeset.map(serverIdOf),
    replication: wish.replication ?? usual,
    sequencer: serverIdOf(sequencer),
    changesSettings: wish.replication !== undefined && (isForced(input) || isTooMuch),
  };
}

function numbers(ids: readonly string[]): number[] {
  return ids.map((id) => Number(id.slice(1)));
}

function isBlocked(input: EndLogPlanInput, extension: EndLogPlan['extension']): boolean {
  const { situation, command } = input;
  if (lostNodes(input).some(({ id }) => situation.answering.has(id))) return true;
  if (command === 'seal') return false;
  return (
    extension === undefined || !canExtend(extension.replication, numbers(extension.nodeset), situation.nodes)
  );
}

function problemsOf(input: EndLogPlanInput, extension: EndLogPlan['extension']): string[] {
  const { situation, command } = input;
  const { end, store, last } = situation;
  const problems: string[] = [];
  if (store.state !== 'serves')
    problems.push(
      `The metadata store ${store.state === 'empty' ? 'is empty' : `does not serve (${store.detail ?? 'no answer'})`}. Restate seals on the log-servers first and writes the chain second: sealed now, log ${situation.logId} would take no records until the store is back. Run \`vlog-dr rebuild-metastore\` first.`,
    );
  if (isForced(input))
    problems.push(
      `Without ${end.silent.map((id) => `N${id}`).join(', ')} no f-majority of loglet ${logletName(last.logletId)} answers: they may have acknowledged records alone. The return of any of these would settle it: ${end.wouldSettle.map((set) => set.join('+')).join(', or ')}.`,
    );
  for (const { name, id } of lostNodes(input))
    if (situation.answering.has(id)) problems.push(`${name} (N${id}) answers: it is not lost.`);
  if (
    command === 'reconfigure' &&
    extension !== undefined &&
    !canExtend(extension.replication, numbers(extension.nodeset), situation.nodes)
  )
    problems.push(
      `${extension.nodeset.join(', ') || 'No log-server'} cannot hold ${formatReplication(extension.replication)}: start more log-servers, or lower it with \`--replication\`.`,
    );
  return problems;
}
