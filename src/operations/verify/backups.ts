import type { VerifyProblem } from '../../codec/results/verify.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import type { LogSituation } from '../../core/findings/situation.ts';
import { describeGeneration, type Generation } from '../../core/generation.ts';
import type { LogId } from '../../core/ids.ts';
import type { Snapshots } from '../../snapshots/Snapshots.ts';
import { verifyBackups } from '../backup/verifyBackups.ts';
import type { Cluster } from '../cluster.ts';

/** Told by findings already: the register is empty, or behind. */
const TOLD: ReadonlySet<string> = new Set(['lost', 'backwards']);

/** Backups against themselves, against the registers, and against what the loglets say they were made from. */
export async function checkBackups(
  cluster: Cluster,
  logs: readonly LogSituation[],
): Promise<{ problems: VerifyProblem[]; snapshots: number }> {
  const { snapshots, metaStore, reporter } = cluster;
  if (snapshots === undefined) return { problems: [], snapshots: 0 };
  try {
    const backups = await verifyBackups({ snapshots, metaStore, reporter });
    const problems = backups.logs.flatMap(({ logId, problems: found }) =>
      found
        .filter((one) => !TOLD.has(one.kind))
        .map((one) => backupProblem(logId as LogId, `Snapshot ${one.id}: ${one.message}`)),
    );
    for (const log of logs) problems.push(...(await checkOrigins(snapshots, log)));
    return { problems, snapshots: backups.logs.reduce((sum, log) => sum + log.snapshots, 0) };
  } catch (error) {
    // That it does not answer is a finding.
    if (!isPortError(error) && !(error instanceof DrError)) throw error;
    return { problems: [], snapshots: 0 };
  }
}

/** Every descriptor carries the digest of the chain that it extends: the backup of that version must have it too. */
async function checkOrigins(snapshots: Snapshots, log: LogSituation): Promise<VerifyProblem[]> {
  const digests = new Map<string, string>();
  for await (const found of snapshots.documents(log.logId)) {
    if ('document' in found && found.document.kind === 'snapshot')
      digests.set(nameOf(found.ref.generation, found.ref.version), found.document.chainDigest);
  }
  return log.rebuilt.branching.path.flatMap(({ descriptor, index }) => {
    if (descriptor === undefined) return [];
    const extended = digests.get(nameOf(descriptor.generation, descriptor.chainVersion - 1));
    if (extended === undefined || extended === descriptor.chainDigest) return [];
    return [
      backupProblem(
        log.logId,
        `Segment ${index} was made from another version ${descriptor.chainVersion - 1} of the chain of log ${log.logId} than the repository has.`,
      ),
    ];
  });
}

function nameOf(generation: Generation, version: number): string {
  return `${describeGeneration(generation)}/${version}`;
}

function backupProblem(logId: LogId, message: string): VerifyProblem {
  return { weighs: 'risk', kind: 'backup', logId, message, next: 'vlog-dr backups verify' };
}
