import { DrError } from '../../core/errors.ts';
import { logId, recoveryId } from '../../core/ids.ts';
import type { SnapshotRef } from '../../snapshots/keys.ts';
import type { SnapshotItem } from '../../snapshots/read.ts';
import type { BackupDeps } from './deps.ts';

/** `<log>:<generation>-<recovery>:<version>`. */
export function idOf({ logId, generation, version }: SnapshotRef): string {
  return `${logId}:${generation.number}-${generation.recoveryId}:${version}`;
}

/**
 * The snapshot that a person means: a whole id, `<log>:<version>` (of the highest generation that has it), or
 * `<log>` alone (the newest). Throws `E_UNKNOWN_LOG` when there is none.
 */
export async function findSnapshot({ snapshots }: BackupDeps, text: string): Promise<SnapshotRef> {
  const match = /^([^:]+)(?::(?:(\d+)-([0-9A-Z]{26}):)?(\d+))?$/.exec(text);
  const [, log = '', number, recovery = '', version] = match ?? [];
  const id = logId(log);
  if (number !== undefined)
    return {
      logId: id,
      generation: { number: Number(number), recoveryId: recoveryId(recovery) },
      version: Number(version),
    };
  let found: SnapshotItem | undefined;
  if (match !== null && version === undefined) found = await snapshots.newest(id);
  else if (match !== null)
    for await (const item of snapshots.list(id)) if (item.ref.version === Number(version)) found = item;
  if (found !== undefined) return found.ref;
  throw new DrError('E_UNKNOWN_LOG', {
    message: `${snapshots.repository.url} has no snapshot "${text}".`,
    hint: 'An id is LOG, LOG:VERSION or LOG:GENERATION-RECOVERY:VERSION; `vlog-dr backups list` shows them.',
  });
}
