import type { FindingCode } from '../core/findings/finding.ts';
import type { ForeignFindingCode } from '../core/findings/foreign.ts';
import { driverOf, type SeenLog, type Sight } from './sight.ts';

/** What a person must know in the first seconds: one sentence each. */
export interface Situation {
  readonly wrong: string;
  /** What still works, and what does not. */
  readonly works: string;
  /** The reflex that would make it worse; absent where there is none. */
  readonly doNot?: string;
}

/** What each finding is called when it is the worst one, and the reflex to hold back. */
const TOLD: Readonly<Record<FindingCode, readonly [wrong: string, doNot?: string]>> = {
  FORK: [
    'Two control planes have extended a log, each its own way.',
    'Do not change anything on either side.',
  ],
  CONTRADICTION: ['What the servers hold contradicts the map of a log.', 'Do not change anything yet.'],
  METASTORE_LOST: ['The MetaStore is gone.', 'Do not restart clients, and do not create the log again.'],
  METASTORE_STALE: ['The MetaStore holds an old map.', 'Do not restart clients, and do not reconfigure.'],
  REGISTER_UNREADABLE: ['The map of a log is damaged.', 'Do not restart clients.'],
  METASTORE_UNREACHABLE: ['The MetaStore does not answer.', 'Do not restart clients.'],
  SEGMENT_LOST: ['Positions of a log are on no server any more.', 'Do not trim past the gap.'],
  LOGLET_UNSEALABLE: [
    'A log waits for silent servers: only they know where it ends.',
    'Do not wipe any of the silent servers.',
  ],
  SEGMENT_UNREADABLE: [
    'Positions of a log are on silent servers only.',
    'Do not wipe any of the silent servers.',
  ],
  LOG_STUCK_SEALED: ['A reconfiguration was left half done: the log is sealed and has no successor.'],
  LOG_NOT_ACTIVATED: ['A reconfiguration was left half done: the new loglet is not activated.'],
  LOG_NOT_WRITABLE: [
    'A log takes no appends: too many of its servers are silent.',
    'Do not wipe the silent servers.',
  ],
  SEQUENCER_GONE: ['The process that gives positions is gone; the log takes no appends until it is moved.'],
  DESCRIPTORS_DIFFER: ['Servers hold different descriptors of one loglet.', 'Do not change anything yet.'],
  ENTRIES_CORRUPT: ['A disk has damaged entries.', 'Do not wipe the server: most of what it holds is sound.'],
  RECORDS_DAMAGED: ['A disk has damaged records.', 'Do not wipe the server: most of what it holds is sound.'],
  LOGLET_ONE_LOSS_FROM_UNSEALABLE: ['One more lost server can make a log wait for it.'],
  SERVER_UNREACHABLE: ['Servers do not answer.', 'Do not wipe them.'],
  SERVER_STALE: ['A server is back that missed a recovery.', 'Do not wipe it, and do not use it yet.'],
  SERVER_UNADMITTED: ['A server answers with a new, empty disk.', 'Do not throw its old disk away.'],
  SERVER_FOREIGN: ['An address is answered by a server of another cluster.'],
  SEGMENT_UNDER_REPLICATED: ['Some segments have fewer copies than promised.'],
  RECOVERY_NOT_VERIFIED: ['A recovery has not been verified yet.', 'Do not trim anything yet.'],
  METASTORE_DEGRADED: ['Some members of the MetaStore are missing; it still works.'],
  SNAPSHOT_BROKEN: ['A backup is damaged.'],
  REPOSITORY_UNREACHABLE: ['The backup repository does not answer.', 'Do not make a new one in its place.'],
  BACKUP_MISSING: ['A log has no backup.'],
  BACKUP_BEHIND: ['The backup is older than the log.'],
  LOSS_RECORDED: ['A loss was accepted earlier.'],
  ORPHAN: ['A loglet was made and never used.'],
  ABANDONED: ['A recovery left a loglet out.'],
};

/** The same of a Restate cluster. */
const TOLD_OF_RESTATE: Readonly<Record<ForeignFindingCode, readonly [wrong: string, doNot?: string]>> = {
  FOREIGN_CLUSTER: [
    'A node is part of another cluster: somebody has run `restatectl provision`.',
    'Stop that node now, and provision nothing more.',
  ],
  METASTORE_LOST: [
    'The metadata store is gone.',
    'Do not restart a node that runs, do not run `restatectl provision`, and do not reconfigure a log.',
  ],
  METASTORE_SILENT: ['The etcd does not answer.', 'Do not restart a node, and do not reconfigure a log.'],
  LOG_UNSEALABLE: [
    'Only silent log-servers know where a log ends.',
    'Do not delete the data of any of them, and do not declare them lost yet.',
  ],
  LOG_NOT_WRITABLE: ['A log is sealed, and its chain goes no further.', 'Do not restart nodes for it.'],
  PARTITION_BROKEN: ['A partition has stopped on a node.'],
  METASTORE_DEGRADED: ['The metadata store works without some of its members.', 'Do not restart a node.'],
  NODES_SILENT: ['Nodes do not answer.', 'Do not delete their data.'],
  NODES_WAITING: ['A node answers and has not joined.', 'Do not run `restatectl provision` for it.'],
  LOG_MARGIN: ['One more lost log-server can make a log wait for it.'],
  STORAGE_DATA_LOSS: ['A node says that it has lost records.'],
  EVIDENCE: ['What the nodes know does not fit together.', 'Do not change anything yet.'],
  BACKUP_NONE: ['There is no backup of the metadata.'],
  BACKUP_BEHIND: ['The backup is older than the metadata.'],
  SCHEMA_NONE: ['No service is registered.'],
  SNAPSHOT_REPOSITORY_NONE: ['Partitions are kept in no snapshot repository.'],
};

/** What is wrong and what still works. Pure; findings come worst first. */
export function situationIn(assessment: Sight): Situation {
  const { verdict, cluster, findings } = assessment;
  if (verdict === 'unreachable')
    return {
      wrong: `Nothing of ${cluster.name} answers: no server, and no MetaStore.`,
      works: 'Nothing is known.',
    };
  const works = [appendsIn(assessment), ...readsIn(assessment)].join(' ');
  const worst = findings.find((finding) => finding.severity !== 'info');
  if (worst === undefined) return { wrong: `Nothing is wrong with ${cluster.name}.`, works };
  const [wrong, doNot] = toldOf(assessment, worst.code) ?? [worst.message];
  return { wrong, works, ...(doNot !== undefined && { doNot }) };
}

function toldOf(sight: Sight, code: string): readonly [wrong: string, doNot?: string] | undefined {
  return driverOf(sight) === 'native'
    ? TOLD[code as FindingCode]
    : TOLD_OF_RESTATE[code as ForeignFindingCode];
}

function appendsIn({ logs }: Sight): string {
  if (logs.length === 0) return 'No log is known.';
  const stuck = logs.filter((log) => !log.writable);
  const [first] = stuck;
  if (first === undefined) return `Appends still go on: ${logs.slice(0, 3).map(healthOfLast).join('; ')}.`;
  const names = stuck.map((log) => log.logId).join(', ');
  const others =
    stuck.length < logs.length ? ` ${logs.length - stuck.length} of ${logs.length} logs do.` : '';
  return `Log ${names} takes no appends: ${healthOfLast(first)}.${others}`;
}

function healthOfLast({ logId, segments }: SeenLog): string {
  const last = segments.at(-1);
  if (last === undefined) return `nothing of log ${logId} is known`;
  const { responders, nodeset } = last;
  return `${responders.length} of ${nodeset.length} servers of the last loglet of log ${logId} ${responders.length === 1 ? 'is' : 'are'} healthy`;
}

/** Of a Restate cluster nobody reads without its own leaders: nothing is said. */
function readsIn(sight: Sight): string[] {
  if (driverOf(sight) !== 'native') return [];
  const gaps = sight.logs.filter((log) => log.segments.some((segment) => segment.missing.length > 0));
  if (gaps.length === 0) return ['Everything can be read.'];
  return [`Parts of log ${gaps.map((log) => log.logId).join(', ')} cannot be read now.`];
}
