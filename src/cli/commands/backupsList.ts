import { EXIT } from '../../core/errorCatalogue.ts';
import { describeGeneration } from '../../core/generation.ts';
import { logId } from '../../core/ids.ts';
import { listBackups } from '../../operations/backup/look.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';

/** `backups list`: every snapshot that the repository holds of this cluster. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const logs = options.texts('log').map(logId);
  const result = await listBackups(backupDeps(await app.connect()), logs.length === 0 ? {} : { logs });
  const damaged = result.snapshots.filter(({ state }) => state === 'damaged').length;
  app.out.result(result, () => {
    if (result.snapshots.length === 0) return `${result.repository} holds no snapshot of this cluster.`;
    const rows = result.snapshots.map((one) => [
      one.id,
      one.takenAt === undefined ? '' : new Date(one.takenAt).toISOString(),
      one.segments === undefined ? '' : String(one.segments),
      one.state === 'sound' ? 'ok' : `DAMAGED: ${one.problem ?? ''}`,
    ]);
    const fences = result.fences.map(
      ({ logId: log, recovery }) => `log ${log} was fenced by recovery ${describeGeneration(recovery)}`,
    );
    return [app.out.table(['snapshot', 'taken', 'segments', ''], rows), ...fences].join('\n');
  });
  return damaged === 0 ? EXIT.done : EXIT.attention;
};
