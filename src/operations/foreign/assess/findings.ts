import type { ForeignAssessment, ForeignFinding } from '../../../codec/results/foreignAssess.ts';
import { FOREIGN_EXPLAINED, type ForeignFindingCode } from '../../../core/findings/foreign.ts';
import { SCHEMA } from '../../../core/restate/values.ts';

type Facts = Omit<ForeignAssessment, 'findings' | 'verdict'> & {
  readonly problems: readonly string[];
  readonly hasRepository: boolean;
};

/** `playbook` where another one fits than the code usually asks for. */
type Found = Omit<ForeignFinding, 'playbook' | 'severity' | 'code'> & {
  readonly code: ForeignFindingCode;
  readonly playbook?: string;
};
type Check = (facts: Facts) => readonly Found[];

/** Every check is asked, whatever the others say; the worst comes first. */
export function findingsOf(facts: Facts): ForeignFinding[] {
  const order = ['critical', 'warning', 'info'] as const;
  return CHECKS.flatMap((check) => check(facts))
    .map((finding) => ({ ...FOREIGN_EXPLAINED[finding.code], ...finding }))
    .sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

const REBUILD = 'vlog-dr rebuild-metastore';

/** Where nobody remembers, other evidence is asked for, and the nodes themselves say what not to do. */
function playbookFor(kind: string, isRemembered: boolean): string {
  if (kind === 'etcd') return 'restate-etcd-lost';
  return isRemembered ? 'restate-metadata-lost' : 'restate-awaiting-provisioning';
}

const CHECKS: readonly Check[] = [
  function storeIsLost({ metaStore, logServers }) {
    if (metaStore.health !== 'lost') return [];
    const remembering = logServers.filter(({ remembers }) => Object.keys(remembers).length > 0);
    const from =
      remembering.length === 0
        ? 'No node remembers what it held: it can be rebuilt from the log-servers and a backup.'
        : `${remembering.map(({ name }) => name).join(', ')} remember${remembering.length === 1 ? 's' : ''} what it held: do not restart ${remembering.length === 1 ? 'it' : 'them'}.`;
    return [
      {
        code: 'METASTORE_LOST',
        playbook: playbookFor(metaStore.kind, remembering.length > 0),
        message: `The metadata store is lost. Logs that take records go on as long as nobody reconfigures them: a reconfiguration now would seal them and fail; nodes that wait for the store take none. Never run \`restatectl provision\`: it makes another cluster over your logs. ${from}`,
        next: REBUILD,
      },
    ];
  },
  function storeIsSilent({ metaStore }) {
    const silent = metaStore.members.filter(({ state }) => state !== 'ok');
    if (metaStore.health !== 'lost' || metaStore.kind !== 'etcd' || silent.length === 0) return [];
    return [
      {
        code: 'METASTORE_SILENT',
        message: `${silent.map(({ id }) => id).join(', ')} of the etcd ${silent.length === 1 ? 'does' : 'do'} not answer: nothing can be written there, and a node that is restarted now dies of it.`,
        next: null,
      },
    ];
  },
  function storeIsDegraded({ metaStore }) {
    if (metaStore.health !== 'degraded') return [];
    const down = metaStore.members.filter(
      ({ state, detail }) => state !== 'ok' || !/^(MEMBER|etcd)/.test(detail ?? ''),
    );
    return [
      {
        code: 'METASTORE_DEGRADED',
        message: `The metadata store serves without ${down.map(({ id }) => id).join(', ')}. Restart no node before every address of the store answers: it may not come up.`,
        next: null,
      },
    ];
  },
  function strangers({ logServers }) {
    return logServers
      .filter(({ state }) => state === 'foreign')
      .map(({ name, detail }) => ({
        code: 'FOREIGN_CLUSTER',
        message: `${name} is part of another cluster: ${detail ?? ''}. If \`restatectl provision\` was run on lost metadata, stop that node now: it writes over its old log-store.`,
        next: null,
      }));
  },
  function silentNodes({ logServers }) {
    const silent = logServers.filter(
      ({ state, storage }) => state === 'unreachable' && storage !== 'disabled',
    );
    if (silent.length === 0) return [];
    return [
      {
        code: 'NODES_SILENT',
        servers: silent.map(({ name }) => name),
        message: `${silent.map(({ name }) => name).join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer.`,
        next: null,
      },
    ];
  },
  function waitingNodes({ logServers, metaStore }) {
    const waiting = logServers.filter(({ state }) => state === 'waiting');
    if (waiting.length === 0 || metaStore.health === 'lost') return [];
    return [
      {
        code: 'NODES_WAITING',
        message: `${waiting.map(({ name }) => name).join(', ')} ${waiting.length === 1 ? 'has' : 'have'} not joined the cluster; the log-stores answer.`,
        next: null,
      },
    ];
  },
  function unsealable({ logs }) {
    return logs
      .filter(({ sealable }) => sealable === 'no')
      .map((log) => ({
        code: 'LOG_UNSEALABLE',
        logId: log.logId,
        message: `Log ${log.logId} cannot be ended: ${log.responders.join(', ') || 'nobody'} of ${log.nodeset.join(', ')} ${log.replication} answer, and records may be on the others alone. Bring one back; if they are gone for good, the ordered procedure declares them lost.`,
        next: `vlog-dr seal ${log.logId}`,
      }));
  },
  function notWritable({ logs, metaStore }) {
    // With the store lost there is one thing to do, and this is not it.
    if (metaStore.health === 'lost') return [];
    return logs
      .filter(({ writable, sealable }) => !writable && sealable !== 'no')
      .map((log) => ({
        code: 'LOG_NOT_WRITABLE',
        logId: log.logId,
        message: `Log ${log.logId} takes no records: its last loglet ${log.lastLoglet} is sealed, or too few of its nodes answer, and its chain goes no further.`,
        next: `vlog-dr reconfigure ${log.logId}`,
      }));
  },
  function margin({ logs }) {
    return logs
      .filter(({ lossesUntilUnsealable }) => lossesUntilUnsealable === 1)
      .map((log) => ({
        code: 'LOG_MARGIN',
        logId: log.logId,
        message: `One more lost log-server, and log ${log.logId} cannot be ended without loss.`,
        next: null,
      }));
  },
  function partitionsBroken({ partitions }) {
    return partitions
      .filter(({ broken }) => broken.length > 0)
      .map(({ id, broken }) => ({
        code: 'PARTITION_BROKEN',
        message: `Partition ${id} stopped on a node: ${broken.join('; ')}`,
        next: null,
      }));
  },
  function storageLost({ logServers }) {
    return logServers
      .filter(({ storage }) => storage === 'data-loss')
      .map(({ name }) => ({
        code: 'STORAGE_DATA_LOSS',
        message: `${name} says of itself that it lost records: it counts for seals, and vouches for nothing.`,
        next: null,
      }));
  },
  function backup({ backup: { last, behind }, hasRepository }) {
    if (!hasRepository || last === null)
      return [
        {
          code: 'BACKUP_NONE',
          message: `There is no backup of the registers: ${SCHEMA} (your deployments) and the cluster's features are on no log-server, and cannot be recovered without one.`,
          next: 'vlog-dr backup --follow',
        },
      ];
    if (behind.length === 0) return [];
    return [
      {
        code: 'BACKUP_BEHIND',
        message: `The newest backup is older than ${behind.join(', ')}.`,
        next: 'vlog-dr backup --follow',
      },
    ];
  },
  function schema({ metaStore }) {
    if (metaStore.health === 'lost' || SCHEMA in metaStore.registers) return [];
    return [
      {
        code: 'SCHEMA_NONE',
        message: `No service is registered: the store has no ${SCHEMA}. After a rebuild without a backup, register the deployments again; state and invocations are in the partitions.`,
        next: null,
      },
    ];
  },
  function snapshots({ snapshotRepository }) {
    if (snapshotRepository !== 'none') return [];
    return [
      {
        code: 'SNAPSHOT_REPOSITORY_NONE',
        message:
          'No snapshot repository is configured in Restate: once a log is trimmed, a partition can only go on where its state is.',
        next: null,
      },
    ];
  },
  function others({ problems, metaStore }) {
    if (metaStore.health === 'lost') return [];
    return problems.map((message) => ({ code: 'EVIDENCE', message, next: null }));
  },
];
