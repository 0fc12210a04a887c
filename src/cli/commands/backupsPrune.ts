import { EXIT } from '../../core/errorCatalogue.ts';
import { applyPrune, describePrune, planPruneBackups } from '../../operations/backup/pruneBackups.ts';
import type { CommandModule } from '../app.ts';
import { backupDeps, dataDeps } from '../backupDeps.ts';
import { confirmApply } from '../consent.ts';

const DAY_MS = 86_400_000;

/** `backups prune`: deletes old snapshots, never the newest of a log. Without `--confirm` it only says which. */
export const run: CommandModule['run'] = async (app, _, options) => {
  const connection = await app.connect();
  const deps = backupDeps(connection);
  const days = options.count('olderThan');
  const archive = options.flag('data') ? dataDeps(connection).archive : undefined;
  const retention = {
    keep: options.count('keep', 1) ?? 100,
    ...(days === undefined ? {} : { keepFrom: app.clock.now() - days * DAY_MS }),
  };
  const plan = await planPruneBackups(deps, retention, archive);
  const sum = (countOf: (log: (typeof plan.logs)[number]) => number) =>
    plan.logs.reduce((all, log) => all + countOf(log), 0);
  const [snapshots, objects] = [sum((log) => log.delete.length), sum((log) => log.data?.length ?? 0)];
  const count = snapshots + objects;
  const isConfirmed = options.flag('confirm') && count > 0;
  if (isConfirmed)
    await confirmApply(
      app,
      connection.config.cluster,
      `${snapshots} snapshots${objects > 0 ? ` and ${objects} objects of entries` : ''} are deleted for good.`,
    );
  const result = isConfirmed
    ? await applyPrune(deps, plan, archive)
    : describePrune(plan, { applied: false });
  app.out.result(result, () => {
    const rows = result.logs.map((log) => [
      log.logId,
      String(log.kept),
      String(log.deleted.length + (log.data?.length ?? 0)),
      log.skipped ?? '',
    ]);
    const next = result.applied ? '' : '\nNothing was deleted. next: the same with --confirm';
    return `${app.out.table(['log', 'kept', result.applied ? 'deleted' : 'to delete', ''], rows)}${next}`;
  });
  return EXIT.done;
};
