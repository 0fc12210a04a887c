import { formatReplication } from '../../../codec/restate/text.ts';
import type { ForeignAssessment } from '../../../codec/results/foreignAssess.ts';
import type { ServerId } from '../../../core/ids.ts';
import { lossesUntilUnsealable } from '../../../core/quorum.ts';
import { logletName } from '../../../core/restate/loglets.ts';
import type { RebuiltLog } from '../../../core/restate/rebuiltLog.ts';
import { canWrite, fMajority, membersOf, sealSystem } from '../../../core/restate/storage.ts';
import { type ClusterNode, type Segment, serverIdOf } from '../../../core/restate/values.ts';

type AssessedLog = ForeignAssessment['logs'][number];

export interface LogContext {
  readonly nodes: readonly ClusterNode[];
  /** Nodes that answer for what they stored, joined or not. */
  readonly alive: ReadonlySet<number>;
  /** Nodes that have joined: only these take records. */
  readonly joined: ReadonlySet<number>;
  readonly version: number;
  readonly chainFrom: AssessedLog['chainFrom'];
}

/** How far the end of a log is from where nobody could end it any more, and what is at risk there. */
export function assessLog(log: RebuiltLog, context: LogContext): AssessedLog {
  const last = log.segments.findLast(({ segment }) => segment.kind === 'replicated');
  const segment = last?.segment;
  const head = {
    logId: String(log.logId),
    version: context.version,
    chainFrom: context.chainFrom,
    verdict: log.verdict,
    segments: log.segments.length,
    atRisk: log.atRisk ?? null,
  };
  if (segment?.kind !== 'replicated')
    return {
      ...head,
      ...{ lastLoglet: '', nodeset: [], replication: '', responders: [], sealable: 'no' },
      ...{ lossesUntilUnsealable: 0, writable: false },
    };
  return { ...head, ...endOf(segment, log, context) };
}

function endOf(
  segment: Extract<Segment, { kind: 'replicated' }>,
  log: RebuiltLog,
  { nodes, alive, joined }: LogContext,
): Omit<AssessedLog, 'logId' | 'version' | 'chainFrom' | 'verdict' | 'segments' | 'atRisk'> {
  const members = membersOf(segment.nodeset, nodes);
  const answering = new Set<ServerId>(segment.nodeset.filter((id) => alive.has(id)).map(serverIdOf));
  const taking = new Set<ServerId>([...joined].map(serverIdOf));
  const present = members.filter(({ serverId }) => taking.has(serverId));
  const losses = lossesUntilUnsealable(sealSystem(segment.replication, members), answering);
  return {
    lastLoglet: logletName(segment.logletId),
    nodeset: segment.nodeset.map(serverIdOf),
    replication: formatReplication(segment.replication),
    responders: [...answering],
    sealable: fMajority(segment.replication, members, answering),
    lossesUntilUnsealable: losses ?? null,
    writable: log.last === 'active' && canWrite(segment.replication, present),
  };
}
