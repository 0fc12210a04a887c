import { EXIT } from '../../core/errorCatalogue.ts';
import { applyPrune, describePrune, planPruneBackups } from '../../operations/backup/pruneBackups.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';
import { confirmApply } from '../consent.ts';

const DAY_MS = 86_400_000;

/** `backups prune`: deletes old snapshots, never the newest of a log. Without `--confirm` it only says which. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const connection = await app.connect();
  const deps = backupDeps(connection);
  const days = options.count('olderThan');
  const plan = await planPruneBackups(deps, {
    keep: options.count('keep', 1) ?? 100,
    ...(days === undefined ? {} : { keepFrom: app.clock.now() - days * DAY_MS }),
  });
  const count = plan.logs.reduce((sum, log) => sum + log.delete.length, 0);
  const isConfirmed = options.flag('confirm') && count > 0;
  if (isConfirmed) await confirmApply(app, connection, `${count} snapshots are deleted for good.`);
  const result = isConfirmed ? await applyPrune(deps, plan) : describePrune(plan, { applied: false });
  app.out.result(result, () => {
    const rows = result.logs.map((log) => [
      log.logId,
      String(log.kept),
      String(log.deleted.length),
      log.skipped ?? '',
    ]);
    const next = result.applied ? '' : '\nNothing was deleted. next: the same with --confirm';
    return `${app.out.table(['log', 'kept', result.applied ? 'deleted' : 'to delete', ''], rows)}${next}`;
  });
  return EXIT.done;
};
