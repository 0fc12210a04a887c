import { formatIncarnation } from '../../../codec/restate/text.ts';
import type { ForeignAssessment } from '../../../codec/results/foreignAssess.ts';
import { isPortError } from '../../../core/errors.ts';
import type { RegisterSet } from '../../../core/registerSet.ts';
import { type RebuiltSet, rebuildSet } from '../../../core/restate/rebuildSet.ts';
import { nodeIdAt } from '../../../core/restate/setEvidence.ts';
import { CHAINS, serverIdOf } from '../../../core/restate/values.ts';
import type { Clock } from '../../../ports/Clock.ts';
import type { SetBackups } from '../../../snapshots/SetBackups.ts';
import { type ForeignObservation, type ForeignParts, observeForeign } from '../observe/observe.ts';
import { findingsOf } from './findings.ts';
import { assessLog } from './logs.ts';

/** A read-only look at everything, also with most nodes dead. */
export async function assessForeign(parts: ForeignParts, clock: Clock): Promise<ForeignAssessment> {
  const { cluster, backups } = parts;
  const extra = { useRepository: false, backups: [], dataDirs: [], stated: { nodes: [] } };
  const [observation, replicas, destination] = await Promise.all([
    observeForeign(parts, extra),
    cluster.replicas(),
    cluster.snapshotRepository(),
  ]);
  const rebuilt = rebuildSet(observation.evidence);
  const { store } = observation;
  const facts = {
    cluster: {
      id: rebuilt.identity?.fingerprint.toString() ?? 'unknown',
      name: parts.name,
      engine: 'restate' as const,
    },
    takenAt: clock.now(),
    metaStore: {
      kind: store.kind,
      health: store.state === 'serves' ? store.health.health : ('lost' as const),
      members: [...store.health.members],
      registers: versionsOf(store.registers),
    },
    logServers: nodesOf(observation, rebuilt),
    logs: logsOf(observation, rebuilt),
    partitions: partitionsOf(observation, replicas),
    snapshotRepository: destination,
    backup: await backupOf(backups, rebuilt, store.registers, clock.now()),
  };
  const problems = [...rebuilt.problems.map(({ message }) => message), ...observation.damaged];
  const findings = findingsOf({ ...facts, problems, hasRepository: backups !== undefined });
  return { ...facts, findings, verdict: verdictOf(facts.logServers, findings) };
}

function versionsOf(set: RegisterSet): Record<string, number> {
  return Object.fromEntries([...set].map(([key, { version }]) => [key, version]));
}

function nodesOf(observation: ForeignObservation, rebuilt: RebuiltSet): ForeignAssessment['logServers'] {
  const { nodes, evidence, places } = observation;
  return nodes.map(({ address, answer }) => {
    const id = nodeIdAt(evidence, rebuilt.nodes, address);
    const known = rebuilt.nodes.find((node) => node.id === id);
    const name = places.find((place) => place.address === address)?.name ?? known?.name ?? address;
    const head = {
      ...{ id: id === undefined ? '' : serverIdOf(id), name, address },
      storage: known?.storageState ?? null,
    };
    if (answer.kind === 'silent')
      return { ...head, state: 'unreachable', remembers: {}, detail: answer.reason };
    const remembers = versionsOf(answer.caches);
    const stranger = evidence.sets.find(
      (set) => set.source === 'cache' && set.registers === answer.caches,
    )?.nodes;
    const { fingerprint } = rebuilt.identity ?? {};
    if (stranger !== undefined && fingerprint !== undefined && stranger.fingerprint !== fingerprint)
      return { ...head, state: 'foreign', remembers, detail: `fingerprint ${stranger.fingerprint}` };
    if (answer.ident.node === undefined)
      return {
        ...head,
        state: 'waiting',
        remembers,
        detail: `${answer.ident.status}, ${answer.ident.metadataServer}`,
      };
    return { ...head, state: 'ok', remembers, detail: formatIncarnation(answer.ident.node) };
  });
}

function logsOf(observation: ForeignObservation, rebuilt: RebuiltSet): ForeignAssessment['logs'] {
  const { nodes, evidence, store } = observation;
  const alive = nodes.flatMap(({ address, answer }) => {
    const id = nodeIdAt(evidence, rebuilt.nodes, address);
    return answer.kind === 'answered' && id !== undefined ? [id] : [];
  });
  const joined = nodes.flatMap(({ answer }) =>
    answer.kind === 'answered' && answer.ident.node !== undefined ? [answer.ident.node.id] : [],
  );
  const version = store.registers.get(CHAINS)?.version;
  const context = {
    nodes: rebuilt.nodes,
    alive: new Set(alive),
    joined: new Set(joined),
    version: version ?? rebuilt.registers.find(({ key }) => key === CHAINS)?.version ?? 0,
    chainFrom: version === undefined ? ('evidence' as const) : ('store' as const),
  };
  return rebuilt.logs.map((log) => assessLog(log, context));
}

function partitionsOf(
  { evidence }: ForeignObservation,
  replicas: Awaited<ReturnType<ForeignParts['cluster']['replicas']>>,
): ForeignAssessment['partitions'] {
  return (evidence.partitions ?? []).map(({ partitionId, leader, currentReplicaSet }) => {
    const own = (replicas ?? []).filter((one) => one.partitionId === partitionId);
    const archived = own.flatMap(({ archivedLsn }) => (archivedLsn === undefined ? [] : [archivedLsn]));
    return {
      id: partitionId,
      leader: leader === undefined ? null : formatIncarnation(leader),
      replicas: currentReplicaSet.map(serverIdOf),
      broken: own.flatMap(({ node, broken }) => (broken === undefined ? [] : [`N${node.id}: ${broken}`])),
      archivedLsn: archived.length === 0 ? null : archived.reduce((a, b) => (a > b ? a : b)).toString(),
    };
  });
}

async function backupOf(
  backups: SetBackups | undefined,
  { identity }: RebuiltSet,
  registers: RegisterSet,
  now: number,
): Promise<ForeignAssessment['backup']> {
  const none = { last: null, ageSeconds: null, behind: [] };
  if (backups === undefined || identity === undefined) return none;
  try {
    const newest = await backups.find(identity.fingerprint);
    if (newest === undefined) return none;
    const { takenAt } = newest.ref;
    const behind = [...registers].filter(([key, { version }]) => {
      const kept = newest.document.set.get(key)?.version ?? 0;
      return version > kept;
    });
    return {
      last: takenAt,
      ageSeconds: Math.round((now - takenAt) / 1_000),
      behind: behind.map(([key]) => key),
    };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return none;
  }
}

function verdictOf(
  nodes: ForeignAssessment['logServers'],
  findings: ForeignAssessment['findings'],
): ForeignAssessment['verdict'] {
  if (nodes.every(({ state }) => state === 'unreachable')) return 'unreachable';
  return findings.some(({ severity }) => severity !== 'info') ? 'attention' : 'ok';
}
