import type { SnapshotDocument } from '../../codec/snapshot.ts';
import { describeRef } from '../../snapshots/refusals.ts';
import type { Snapshots } from '../../snapshots/Snapshots.ts';
import type { Alarms } from './alarms.ts';
import type { LogStatus } from './logStatus.ts';

/**
 * Where a repository does not enforce create-if-absent, two writers of one place are found afterwards: the document is
 * another one than was read there, or the bucket keeps both. The chain may be the same, and then nothing is lost;
 * that the place can be written twice is what a recovery must know.
 */
export async function lookForSecondWriter(
  snapshots: Snapshots,
  alarms: Alarms,
  log: LogStatus,
): Promise<void> {
  const held = log.held;
  if (held === undefined) return;
  const there = await snapshots.find(held);
  // Pruned since: nothing to compare with.
  if (there === undefined) return;
  const now = 'document' in there ? there.document : await snapshots.read(held);
  if (now.digest !== held.digest) {
    alarms.raise('twoWriters', log.logId, overwritten(held, now));
    log.held = now;
  }
  const times = (await snapshots.timesWritten(held)) ?? 1;
  if (times > 1)
    alarms.raise(
      'twoWriters',
      log.logId,
      `The snapshot of ${describeRef(held)} was written ${times} times. ${ADVICE}`,
    );
}

const ADVICE =
  'This bucket does not enforce create-if-absent: no recovery may rest on its fence. Use one that does, or one writer.';

function overwritten(held: SnapshotDocument, now: SnapshotDocument): string {
  const chains =
    now.chainDigest === held.chainDigest ? 'It holds the same chain.' : 'It holds another chain.';
  return `The snapshot of ${describeRef(held)} was overwritten, by ${now.writtenBy}. ${chains} ${ADVICE}`;
}
