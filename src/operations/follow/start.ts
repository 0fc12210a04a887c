import { isPortError } from '../../core/errors.ts';
import type { RepositoryGuarantees } from '../../ports/Repository.ts';
import type { FollowDeps } from './deps.ts';
import { backOff } from './retry.ts';

export interface Prepared {
  readonly guarantees: RepositoryGuarantees;
  readonly repositoryId: string;
}

/**
 * Tries the very bucket, gives it an identity if it has none, and keeps the configuration. What may pass is waited
 * for; wrong credentials and a bucket that is not there are errors at once. `undefined`: told to stop before.
 */
export async function prepare(
  { cluster, snapshots }: FollowDeps,
  { config, signal }: { readonly config?: string; readonly signal: AbortSignal },
): Promise<Prepared | undefined> {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const guarantees = await snapshots.repository.probe();
      const repositoryId = await snapshots.ensureRepositoryIdentity();
      if (config !== undefined) await snapshots.saveConfig(config);
      await cluster.metaStore.list();
      return { guarantees, repositoryId };
    } catch (error) {
      if (!isPortError(error) || !error.isTransient) throw error;
      cluster.reporter.warn(`Not following yet: ${error.message} It is tried again.`);
      await backOff(cluster, failures, signal);
    }
  }
  return undefined;
}
