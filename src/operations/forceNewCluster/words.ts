import type { ForceNewClusterPlan } from '../../codec/plans/forceNewCluster.ts';
import { isMajority } from '../../core/placement/members.ts';

type Body = Omit<ForceNewClusterPlan, 'planId' | 'actions' | 'problems' | 'assumptions'>;

/** What to know before saying yes. */
export function problemsOf(plan: Omit<Body, 'first'>): string[] {
  return [
    ...plan.rebuild.logs.flatMap((log) =>
      log.decision === 'refuse'
        ? log.problems.map(({ message }) => `Log ${log.logId} is ${log.verdict}: ${message}`)
        : [],
    ),
    ...livingMajority(plan),
    ...plan.members.filter(({ old }) => old).map(oldMember),
    ...missingMembers(plan),
    ...unusable(plan),
    ...otherKeys(plan),
  ];
}

/**
 * Members that are enough to serve, and may yet: silent ones, which perhaps only this machine does not reach, or ones
 * that answer without a leader, and may elect one. A minority that answers does not tell: it may be what is cut off.
 */
export function mayServeElsewhere(
  members: Body['members'],
  start: Body['start'],
): readonly Body['members'][number][] {
  if (start === 'running') return [];
  const silent = members.filter(({ state, ended }) => state === 'silent' && ended !== true);
  const leaderless = members.filter(({ state }) => state === 'alone');
  return [silent, leaderless].find((some) => isMajority(some.length, members.length)) ?? [];
}

function livingMajority({ members, start, given }: Omit<Body, 'first'>): string[] {
  const living = mayServeElsewhere(members, start);
  if (living.length === 0 || given.includes('--old-metastore-destroyed')) return [];
  const names = living.map(({ name }) => name).join(', ');
  if (living.every(({ state }) => state === 'alone'))
    return [
      `${names} answer and are a majority, but have no leader: they may elect one at any moment, and nothing is lost then. See whether they reach each other. Only when they cannot be helped, stop their processes, and say so with --old-metastore-destroyed; --yes does not say it.`,
    ];
  return [
    `${names} do not answer from here, and are a majority: they may live and serve others. Then there would be two control planes, and clients of the old one would read an old chain, and could not reconfigure. Look from another machine, stop their processes or cut them off, and then say so with --old-metastore-destroyed; --yes does not say it.`,
  ];
}

function oldMember({ name, clientUrl, clusterId = '?' }: ForceNewClusterPlan['members'][number]): string {
  return `${name} at ${clientUrl} is an old member (etcd cluster ${clusterId}) that came back: LogServers refuse its generation, and it cannot join. Clients that ask it see an old chain until it is stopped.`;
}

/** Replacing a member of a cluster that has its majority is etcd's own business, and no disaster. */
function missingMembers({ start, members, serving, additions }: Omit<Body, 'first'>): string[] {
  if (start !== 'running') return [];
  const placed = new Set([...serving, ...additions].map(({ name }) => name));
  const silent = members.filter(({ state, name }) => state === 'silent' && !placed.has(name));
  return silent.map(
    ({ name, clientUrl }) =>
      `${name} at ${clientUrl} does not answer. The others have a majority: start it, or replace it with \`etcdctl member remove\`.`,
  );
}

/** What it knows may be known to nobody else: the operator should hear of it before saying yes. */
function unusable({ survivors }: Pick<Body, 'survivors'>): string[] {
  return survivors.flatMap(({ name, engine, problems }) =>
    engine === undefined ? [`${name} survived, and is not used: ${problems.join(' ')}`] : [],
  );
}

function otherKeys({ survivors }: Pick<Body, 'survivors'>): string[] {
  const chosen = survivors.find((one) => one.chosen);
  if (chosen === undefined || chosen.otherKeys === 0) return [];
  return [
    `${chosen.otherKeys} keys in this etcd are not ours. They are kept as ${chosen.name} had them: what others wrote through the lost members meanwhile is in no evidence.`,
  ];
}

export function assumptionsOf({ rebuild, start, members }: Omit<Body, 'first'>): string[] {
  const silent = members.filter(({ state, ended }) => state === 'silent' && ended !== true);
  const cutOff =
    start === 'running'
      ? []
      : [
          'Members of the old etcd cluster that return are stopped: LogServers refuse their generation, clients that never heard of the new one would still read old chains from them.',
        ];
  const gone =
    start === 'running' || silent.length === 0
      ? []
      : [
          `Members that do not answer (${silent.map(({ name }) => name).join(', ')}) are gone, and do not only answer elsewhere: a majority that lives is no disaster.`,
        ];
  return [...rebuild.assumptions, ...gone, ...cutOff];
}
