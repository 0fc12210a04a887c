import type { AssessedLog, Assessment } from '../../codec/results/assess.ts';
import { describeDurability } from '../../core/durability.ts';
import { versionsBehind } from '../../core/findings/backup.ts';
import { EXPLAINED } from '../../core/findings/explained.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { severityOf } from '../../core/findings/findings.ts';
import { lossNow } from '../../core/findings/lossNow.ts';
import { type Margin, marginOf } from '../../core/findings/margin.ts';
import {
  type LogSituation,
  respondersOf,
  type ServerSituation,
  type Situation,
} from '../../core/findings/situation.ts';
import type { LogId } from '../../core/ids.ts';
import type { SegmentVerdict } from '../../core/reconstruct/segments.ts';
import type { DataStanding } from './data.ts';
import type { KnownTail } from './tails.ts';

export interface ReportInput {
  readonly cluster: { readonly id: string; readonly name: string };
  readonly takenAt: number;
  readonly situation: Situation;
  readonly findings: readonly Finding[];
  readonly tails: ReadonlyMap<LogId, KnownTail>;
  readonly data?: ReadonlyMap<LogId, DataStanding>;
}

/** A situation and its findings, as they are printed. Pure. */
export function reportOf(input: ReportInput): Assessment {
  const { situation, findings, takenAt } = input;
  const logs = situation.logs.map((log) => reportLog(log, input));
  const hasLostLog = findings.some((finding) => finding.code === 'METASTORE_LOST');
  const { problem, ...metaStore } = situation.metaStore;
  return {
    cluster: { ...input.cluster, generation: situation.generation ?? null },
    takenAt,
    metaStore: {
      ...metaStore,
      // It answers, and what it was for is gone: whoever asks for its health must hear that.
      ...(hasLostLog && { health: 'lost' }),
      problem: problem ?? null,
    },
    logServers: [...situation.servers.values()].map(reportServer),
    logs,
    backup: worstBackup(logs),
    findings: findings.map(reportFinding),
    verdict: verdictOf(situation, findings),
  };
}

function verdictOf(situation: Situation, findings: readonly Finding[]): Assessment['verdict'] {
  const heard = [...situation.servers.values()].some(({ state }) => state !== 'unreachable');
  if (!heard && !situation.observation.registerReadable) return 'unreachable';
  return findings.some((finding) => severityOf(finding) !== 'info') ? 'attention' : 'ok';
}

function reportServer({ server, state }: ServerSituation): Assessment['logServers'][number] {
  const { answer, serverId, location } = server;
  const generation = answer.kind === 'silent' ? undefined : answer.status.generation;
  return {
    id: serverId,
    state,
    location,
    generation: generation ?? null,
    ...(answer.kind === 'silent' && { detail: answer.detail }),
  };
}

function reportLog(log: LogSituation, { tails, takenAt, situation, data }: ReportInput): AssessedLog {
  const { logId, register, rebuilt, withoutMetaStore, last } = log;
  const tail = tails.get(logId);
  return {
    logId,
    chainFrom: register === undefined ? 'evidence' : 'register',
    version: register?.version ?? rebuilt.versionSeen,
    trimPoint: rebuilt.trimPoint,
    tail: tail?.tail ?? null,
    tailKind: tail?.kind ?? 'unknown',
    tailIfSealed: rebuilt.end?.last.state === 'sealed' ? rebuilt.end.last.tail : null,
    segments: rebuilt.segments.map((segment) => reportSegment(log, asItStands(log, segment))),
    writable: last?.taking === 'appends',
    sequencer: last?.facts.descriptor?.sequencer.serverId ?? null,
    taking: last?.taking ?? 'nothing: its last loglet is not known',
    unsealableAfterLossOf: { servers: last?.margin.servers ?? [], zones: last?.margin.zones ?? [] },
    loss: lossNow(log, tail?.tail),
    ifMetaStoreLost: {
      verdict: withoutMetaStore.verdict,
      problems: withoutMetaStore.problems.map((problem) => problem.message),
      wouldSettle: withoutMetaStore.problems.flatMap((problem) => problem.wouldSettle ?? []),
    },
    backup: reportBackup(log, takenAt, situation),
    data: data?.get(logId) ?? null,
  };
}

/** The last segment as it is now, not as a recovery would leave it: nobody has ended it yet. */
function asItStands({ last, rebuilt }: LogSituation, segment: SegmentVerdict): SegmentVerdict {
  if (segment.logletId !== rebuilt.end?.tip.logletId || last === undefined || last.live.length === 0)
    return segment;
  const { end: _, ...rest } = segment;
  const isSealed = last.live.some((copy) => copy.state.sealed);
  return { ...rest, state: isSealed ? 'sealed' : 'active', underReplicated: last.missing.length > 0 };
}

function reportSegment(log: LogSituation, segment: SegmentVerdict): AssessedLog['segments'][number] {
  const { index, logletId, start, end, state, nodeset, durability, missing } = segment;
  const responders = respondersOf(log, logletId);
  const margin: Margin =
    durability === undefined
      ? { sealable: false, losses: 0, servers: [], zones: [] }
      : marginOf({ nodeset, durability }, new Set(responders));
  return {
    index,
    logletId,
    start,
    end: end ?? null,
    state,
    durability: durability === undefined ? null : describeDurability(durability),
    nodeset: nodeset.map((member) => member.serverId),
    responders,
    sealable: margin.sealable,
    lossesUntilUnsealable: margin.losses ?? null,
    underReplicated: segment.underReplicated,
    missing: missing.map(({ from, to }) => ({ from, to })),
  };
}

function reportBackup(log: LogSituation, now: number, { observation }: Situation): AssessedLog['backup'] {
  const { snapshot } = log;
  const evidence = observation.chains.find((one) => one.source === 'snapshot' && one.chain === snapshot);
  const takenAt = evidence?.takenAt;
  return {
    lastVersion: snapshot?.version ?? null,
    behind: versionsBehind(log) ?? null,
    ageSeconds: takenAt === undefined ? null : Math.max(0, Math.round((now - takenAt) / 1000)),
  };
}

/** A log without a backup is the farthest behind; then versions count, then age. */
function worstBackup(logs: readonly AssessedLog[]): Assessment['backup'] {
  const distance = ({ backup }: AssessedLog): number =>
    backup.lastVersion === null ? Number.POSITIVE_INFINITY : (backup.behind ?? 0);
  const [worst] = [...logs].sort(
    (a, b) => distance(b) - distance(a) || (b.backup.ageSeconds ?? 0) - (a.backup.ageSeconds ?? 0),
  );
  return worst?.backup ?? { lastVersion: null, behind: null, ageSeconds: null };
}

function reportFinding(finding: Finding): Assessment['findings'][number] {
  const { code, message, logId, logletId, serverIds } = finding;
  const { playbook, next } = EXPLAINED[code];
  return {
    severity: severityOf(finding),
    code,
    message,
    playbook: finding.playbook ?? playbook,
    next: next === null ? null : nameIn(next, finding),
    ...(logId !== undefined && { logId }),
    ...(logletId !== undefined && { logletId }),
    ...(serverIds !== undefined && { servers: serverIds }),
  };
}

/** The command as it is typed: with the log and the server that the finding is about. */
function nameIn(command: string, { logId, serverIds }: Finding): string {
  return command.replace('LOG', logId ?? 'LOG').replace('SERVER', serverIds?.[0] ?? 'SERVER');
}
