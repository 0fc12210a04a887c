import type { Verification, VerifyProblem } from '../../codec/results/verify.ts';
import { EXPLAINED } from '../../core/findings/explained.ts';
import type { Finding, FindingCode } from '../../core/findings/finding.ts';
import { findingsOf, severityOf } from '../../core/findings/findings.ts';
import { type LogSituation, type Situation, situationOf } from '../../core/findings/situation.ts';
import type { LogId } from '../../core/ids.ts';
import { lookAt } from '../assess/look.ts';
import type { Cluster } from '../cluster.ts';
import { releaseLog } from '../rebuild/finish.ts';
import { checkBackups } from './backups.ts';
import { type LogCheck, verifyLog } from './verifyLog.ts';

export interface VerifyOptions {
  /** Allow trim and collection again on logs that a recovery froze, if nothing is lost. */
  readonly release?: boolean;
}

/** Reads everything back: copies against each other, the chain against the loglets, backups against the chain. */
export async function verify(cluster: Cluster, options: VerifyOptions = {}): Promise<Verification> {
  const situation = situationOf(await lookAt(cluster));
  const findings = findingsOf(situation).flatMap(problemOf);
  const checks: LogCheck[] = [];
  for (const log of situation.logs) checks.push(await readLog(cluster, log, situation));
  const backups = await checkBackups(cluster, situation.logs);
  const problems = [...findings, ...checks.flatMap((check) => check.problems), ...backups.problems].sort(
    (a, b) => WEIGHT[a.weighs] - WEIGHT[b.weighs],
  );
  const verdict = isUnreachable(situation) ? 'unreachable' : verdictOf(problems);
  const released = options.release === true ? await release(cluster, situation.logs, problems) : [];
  const sum = (count: (check: LogCheck) => number): number =>
    checks.reduce((total, check) => total + count(check), 0);
  return {
    ok: verdict === 'ok',
    verdict,
    cluster: { id: cluster.clusterId, name: cluster.name },
    checked: {
      logs: checks.length,
      segments: sum((check) => check.segments),
      copies: sum((check) => check.copies),
      positions: sum((check) => Number(check.positions)),
      entries: sum((check) => check.entries),
      bytes: sum((check) => check.bytes),
      descriptors: sum((check) => check.descriptors),
      snapshots: backups.snapshots,
    },
    problems: problems.filter((one) => !isAnswered(one, released)),
    released,
  };
}

async function readLog(cluster: Cluster, log: LogSituation, situation: Situation): Promise<LogCheck> {
  const stage = cluster.reporter.stage(`reading log ${log.logId} from every copy`);
  try {
    const check = await verifyLog(cluster, log, situation, (detail) => stage.update(detail));
    stage.done(`${check.entries} entries of ${check.copies} copies`);
    return check;
  } catch (error) {
    stage.failed('it could not be read');
    throw error;
  }
}

const WEIGHT: Readonly<Record<VerifyProblem['weighs'], number>> = { loss: 0, risk: 1, note: 2 };

/** Findings about the data, and what it weighs here; the others are about taking appends, which verifying is not. */
const WEIGHS: Readonly<Partial<Record<FindingCode, VerifyProblem['weighs']>>> = {
  FORK: 'loss',
  CONTRADICTION: 'loss',
  SEGMENT_LOST: 'loss',
  METASTORE_LOST: 'risk',
  METASTORE_STALE: 'risk',
  METASTORE_UNREACHABLE: 'risk',
  REGISTER_UNREADABLE: 'risk',
  DESCRIPTORS_DIFFER: 'risk',
  RECORDS_DAMAGED: 'risk',
  LOGLET_UNSEALABLE: 'risk',
  SEGMENT_UNREADABLE: 'risk',
  SEGMENT_UNDER_REPLICATED: 'risk',
  SERVER_UNREACHABLE: 'risk',
  SNAPSHOT_BROKEN: 'risk',
  REPOSITORY_UNREACHABLE: 'risk',
  BACKUP_MISSING: 'risk',
  BACKUP_BEHIND: 'risk',
  LOSS_RECORDED: 'note',
  RECOVERY_NOT_VERIFIED: 'note',
};

function problemOf(finding: Finding): VerifyProblem[] {
  const { code, message, logId, logletId, serverIds } = finding;
  const weighs = WEIGHS[code];
  // What is only worth knowing is no problem of the data, but for a loss that somebody accepted.
  if (weighs === undefined || (weighs !== 'note' && severityOf(finding) === 'info')) return [];
  const { next } = EXPLAINED[code];
  return [
    {
      weighs,
      kind: 'finding',
      code,
      message,
      ...(logId !== undefined && { logId }),
      ...(logletId !== undefined && { logletId }),
      ...(serverIds !== undefined && { servers: serverIds }),
      // To verify is what was just done.
      next: next === 'vlog-dr verify' ? null : next,
    },
  ];
}

function verdictOf(problems: readonly VerifyProblem[]): Verification['verdict'] {
  if (problems.some((problem) => problem.weighs === 'loss')) return 'loss';
  return problems.some((problem) => problem.weighs === 'risk') ? 'risk' : 'ok';
}

/** No entry was read from anywhere: neither loss nor health can be claimed. */
function isUnreachable({ servers }: Situation): boolean {
  return [...servers.values()].every(({ state }) => state === 'unreachable');
}

function isAnswered({ code, logId }: VerifyProblem, released: readonly LogId[]): boolean {
  return code === 'RECOVERY_NOT_VERIFIED' && logId !== undefined && released.includes(logId);
}

/** A log with a loss stays frozen: what might still hold the entries must not be collected. */
async function release(
  cluster: Cluster,
  logs: readonly LogSituation[],
  problems: readonly VerifyProblem[],
): Promise<LogId[]> {
  const released: LogId[] = [];
  for (const { logId, register } of logs) {
    if (register?.frozen !== true || problems.some((one) => one.weighs === 'loss' && one.logId === logId))
      continue;
    await releaseLog(cluster, cluster.metaStore, register);
    released.push(logId);
  }
  return released;
}
