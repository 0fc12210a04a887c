import type { ForeignLogPlan, PlannedRegister } from '../../../codec/plans/registers.ts';
import { formatReplication } from '../../../codec/restate/text.ts';
import { type LogId, logId } from '../../../core/ids.ts';
import { logletName } from '../../../core/restate/loglets.ts';
import type { RebuiltLog, RebuiltSegment } from '../../../core/restate/rebuiltLog.ts';
import { CHAINS, serverIdOf } from '../../../core/restate/values.ts';

/** One log of a rebuilt set, for people and for `--json`. */
export function describeLog(log: RebuiltLog, registers: readonly PlannedRegister[]): ForeignLogPlan {
  return {
    logId: logIdOf(log),
    verdict: log.verdict,
    version: registers.find(({ key }) => key === CHAINS)?.version ?? 0,
    segments: log.segments.map(describeSegment),
    lastSegment: log.last,
    completed: log.completed,
    dropped: log.dropped.map(({ logletId, because }) => ({ logletId: logletName(logletId), because })),
    loss: { lost: [...log.lost], possiblyLost: log.atRisk === undefined ? [] : [log.atRisk] },
    problems: log.problems.map(({ message }) => message),
    wouldSettle: distinct(log.problems.flatMap(({ wouldSettle }) => wouldSettle ?? [])),
    orphans: [],
  };
}

function logIdOf({ logId: number }: RebuiltLog): LogId {
  return logId(String(number));
}

function describeSegment({ segment, end, from, look }: RebuiltSegment): ForeignLogPlan['segments'][number] {
  const isReplicated = segment.kind === 'replicated';
  const evidence = [
    from === 'register' ? 'told by a register' : 'found on the log-servers',
    ...(look === undefined ? [] : [tailText(look)]),
  ];
  return {
    index: segment.index,
    logletId: isReplicated ? logletName(segment.logletId) : '',
    start: segment.base,
    ...(end !== undefined && { end }),
    kind: segment.kind,
    nodeset: isReplicated ? segment.nodeset.map(serverIdOf) : [],
    ...(isReplicated && { replication: formatReplication(segment.replication) }),
    sealedOn: [...(look?.sealedOn ?? [])],
    responders: [...(look?.answering ?? [])],
    evidence,
  };
}

function tailText({ bounds, highestLocal, trimPoint }: NonNullable<RebuiltSegment['look']>): string {
  const trimmed = trimPoint > 0n ? `, trimmed up to ${trimPoint}` : '';
  return `offsets: global tail ${bounds.told}, highest local tail ${highestLocal}${trimmed}`;
}

function distinct(sets: readonly (readonly string[])[]): ForeignLogPlan['wouldSettle'] {
  const byText = new Map(sets.map((set) => [set.join(), set]));
  return [...byText.values()] as unknown as ForeignLogPlan['wouldSettle'];
}
