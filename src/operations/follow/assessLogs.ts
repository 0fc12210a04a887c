import type { LogId } from '../../core/ids.ts';
import type { Repository, RepositoryGuarantees } from '../../ports/Repository.ts';
import { assess } from '../assess/assess.ts';
import type { FollowDeps } from './deps.ts';
import type { LogStatus } from './logStatus.ts';
import { mayHeal } from './retry.ts';

/** How far each log is from trouble: the margin of its last loglet, and what a rebuild would find now. */
export async function assessLogs(
  { cluster, snapshots, tell: _ }: FollowDeps,
  guarantees: RepositoryGuarantees,
  statusOf: (logId: LogId) => LogStatus | undefined,
): Promise<void> {
  const known = snapshots.through((repository) => probedBefore(repository, guarantees));
  try {
    const assessment = await assess({ ...cluster, snapshots: known });
    for (const log of assessment.logs) {
      const status = statusOf(log.logId);
      if (status === undefined) continue;
      status.margin = log.segments.at(-1)?.lossesUntilUnsealable ?? null;
      status.verdict = log.ifMetaStoreLost.verdict;
    }
  } catch (error) {
    if (!mayHeal(error)) throw error;
    cluster.reporter.warn(`The cluster could not be assessed: ${error.message}`);
  }
}

/** A probe writes, and where objects are locked it stays for ever: one when the follower starts is enough. */
function probedBefore(repository: Repository, guarantees: RepositoryGuarantees): Repository {
  return {
    url: repository.url,
    putIfAbsent: (key, bytes) => repository.putIfAbsent(key, bytes),
    put: (key, bytes) => repository.put(key, bytes),
    get: (key) => repository.get(key),
    list: (prefix) => repository.list(prefix),
    delete: (key) => repository.delete(key),
    probe: async () => guarantees,
    close: async () => {},
  };
}
