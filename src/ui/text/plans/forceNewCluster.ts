import type { ForceNewClusterPlan } from '../../../codec/plans/forceNewCluster.ts';
import { describeGeneration } from '../../../core/generation.ts';
import { fatalText } from '../place.ts';
import { rebuildText } from './rebuild.ts';
import { endingText, names, titleOf } from './words.ts';

/** A forced new cluster as the person reads it who has to say yes. */
export function forceNewClusterText(plan: ForceNewClusterPlan): string {
  return [
    titleOf(plan, titleText(plan)),
    ...plan.members.map(memberText),
    ...plan.survivors.flatMap(survivorText),
    ...choiceText(plan),
    ...placementText(plan),
    ...plan.stale.map(
      ({ logId, knew, segmentsUnknown }) =>
        `Stale: of log ${logId} ${knew === null ? 'it has no chain' : `it holds version ${knew}`}; ${segmentsUnknown} segment${segmentsUnknown === 1 ? '' : 's'} that it does not know come${segmentsUnknown === 1 ? 's' : ''} from other evidence.`,
    ),
    ...reconcileText(plan),
    ...endingText(plan),
  ].join('\n');
}

function titleText({ start, engine, rebuild, serving, additions }: ForceNewClusterPlan): string {
  const generation = describeGeneration(rebuild.generation);
  const count = serving.length + additions.length;
  if (engine === 'file') return `the registers again, as generation ${generation}`;
  if (start === 'running') return `serving members: ${serving.length}; wanted: ${count}`;
  return `a new etcd cluster of ${count + 1}, as generation ${generation}`;
}

function memberText({
  name,
  clientUrl,
  state,
  old,
  detail,
  ended,
}: ForceNewClusterPlan['members'][number]): string {
  const said = ended ? ' (its process has ended)' : detail === undefined ? '' : ` (${detail})`;
  return `Member ${name} at ${clientUrl}: ${old ? 'OLD, of another cluster' : state}${said}`;
}

function survivorText(survivor: ForceNewClusterPlan['survivors'][number]): string[] {
  const { origin, name, engine, revision, registers, chosen, problems } = survivor;
  const logs = registers.map(
    ({ logId, identity }) =>
      `log ${logId} version ${identity.version} (generation ${describeGeneration(identity.generation)})`,
  );
  const at = revision === undefined ? '' : `, revision ${revision}`;
  const held = engine === undefined ? 'not usable' : `${engine}${at}; ${names(logs)}`;
  return [
    `Survivor ${name} (${origin}), possibly stale: ${held}${chosen ? '  <- CHOSEN' : ''}`,
    ...problems.map((problem) => `  ${problem}`),
  ];
}

function choiceText({ start, survivors, token }: ForceNewClusterPlan): string[] {
  if (start === 'running') return [];
  const why =
    'restored under a new token instead of --force-new-cluster: with that the cluster id would stay, old members could join, and revisions would repeat with other values';
  if (start === 'empty')
    return [`No survivor can be restored: an empty etcd is filled from the loglets (${token}).`];
  const rivals = survivors.filter(({ engine, chosen }) => engine === 'etcd' && !chosen).length;
  const best =
    rivals === 0 ? 'It is the only one' : 'Its chains are the newest, then its revision the highest';
  return [`${best}; it is ${why}.`];
}

function placementText({ placement }: ForceNewClusterPlan): string[] {
  if (placement === undefined || placement.members.length === 0) return [];
  const names = placement.members.map(({ name, location }) =>
    location === null ? name : `${name} in ${location}`,
  );
  return [`Its members: ${names.join(', ')}; the majority is lost with ${fatalText(placement.fatal)}.`];
}

function reconcileText({ rebuild, start }: ForceNewClusterPlan): string[] {
  if (start === 'running' && rebuild.logs.every((log) => log.decision === 'nothing to do'))
    return ['Its registers are right.'];
  const [, ...lines] = rebuildText({ ...rebuild, actions: [], assumptions: [] }).split('\n');
  return ['Its registers, held against the loglets:', ...lines.filter((line) => !/^Next: /.test(line))];
}

/** What became of it. */
export function forcedText(
  plan: ForceNewClusterPlan,
  result: {
    readonly logs: readonly { logId: string; version: number; segments: number; writable: boolean }[];
    readonly members: readonly { name: string; clientUrl: string; state: string }[];
    readonly moved: readonly { name: string; movedTo?: string }[];
    readonly durationMs: number;
  },
): string {
  const seconds = (result.durationMs / 1000).toFixed(1);
  return [
    `${plan.cluster.name} has a MetaStore again, after ${seconds} s${result.logs.length === 0 ? '' : `, as generation ${describeGeneration(plan.rebuild.generation)}`}.`,
    ...result.members.map(({ name, clientUrl, state }) => `Member ${name} at ${clientUrl}: ${state}`),
    ...result.logs.map(
      (log) =>
        `Log ${log.logId}: version ${log.version}, ${log.segments} segments, ${log.writable ? 'takes appends' : 'READ ONLY: too few servers for a new segment'}`,
    ),
    ...result.moved.flatMap(({ name, movedTo }) =>
      movedTo === undefined ? [] : [`The old data of ${name} is kept in ${movedTo}; never start it again.`],
    ),
    'Next: `vlog-dr verify`, and `vlog-dr fence` when silent LogServers return.',
  ].join('\n');
}
