import type { LogArchive } from '../../archive/LogArchive.ts';
import type { RestorePlan } from '../../codec/plans/restore.ts';
import type { Chain } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import { barred } from '../../core/findings/barring.ts';
import { endedSegments } from '../../core/findings/ended.ts';
import { findingsOf } from '../../core/findings/findings.ts';
import { situationOf } from '../../core/findings/situation.ts';
import type { LogId, LogletId } from '../../core/ids.ts';
import { repositoryIdentity } from '../../snapshots/identity.ts';
import { lookAt } from '../assess/look.ts';
import type { DataBackupDeps } from '../backupData/backupData.ts';
import { registerOf } from '../register.ts';
import { lookAtRestore } from './look.ts';
import { planRestore } from './plan.ts';

/**
 * Whose end cannot move any more: by what servers tell now, or by a manifest, which is written only where that was seen.
 * What is final of a segment is final of all before it.
 */
async function finalLoglets(
  archive: LogArchive,
  { logId, segments }: Chain,
  ended: ReturnType<typeof endedSegments>,
): Promise<Set<LogletId>> {
  const seen = new Set(ended.map(({ facts }) => facts.logletId));
  const manifests = await archive.segments(logId);
  const last = segments.findLastIndex(
    ({ logletId, end }) =>
      seen.has(logletId) || manifests.some((one) => one.logletId === logletId && one.end === end),
  );
  return new Set(segments.slice(0, last + 1).map(({ logletId }) => logletId));
}

/** Looks at the log, its servers and the repository, and plans. Reads only. */
export async function restorePlanOf(
  { cluster, archive }: DataBackupDeps,
  logId: LogId,
  acceptLoss: ReadonlySet<LogId>,
): Promise<RestorePlan> {
  const register = await registerOf(cluster, logId);
  const situation = situationOf(await lookAt(cluster));
  const findings = findingsOf(situation).filter((one) => one.logId === undefined || one.logId === logId);
  const log = situation.logs.find((one) => one.logId === logId);
  if (log === undefined)
    throw new DrError('E_UNKNOWN_LOG', { message: `There is no log ${logId}. Nothing was changed.` });
  const repositoryId = await repositoryIdentity(archive.repository);
  if (repositoryId === undefined)
    throw new DrError('E_CONFIG', {
      message: `${archive.repository.url} was never used as a repository: it holds nothing. Nothing was changed.`,
      hint: 'Check the address of the repository.',
    });
  return planRestore({
    cluster: { id: cluster.clusterId, name: cluster.name },
    situation: await lookAtRestore({ archive, cluster, repositoryId }, { ...log, register }),
    final: await finalLoglets(archive, register, endedSegments(log, register)),
    barred: barred(situation, findings),
    acceptLoss,
  });
}
