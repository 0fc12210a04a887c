import type { TestRestoreResult } from '../../codec/results/testRestore.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { testRestore } from '../../operations/backup/testRestore.ts';
import type { App, CommandModule } from '../app.ts';
import { backupDeps } from '../backupDeps.ts';

/**
 * `backups test-restore [ID…]`: the newest snapshots, or chosen ones, restored where nothing lives. Exit 0: they are
 * what lives; 3: behind, or nobody can tell; 4: what lives says otherwise.
 */
export const run: CommandModule['run'] = async (app, ids) => {
  const connection = await app.connect();
  const { logServers } = connection.cluster;
  const deps = { ...backupDeps(connection), logServers };
  const into = await app.openThrowAwayMetaStore(connection.config);
  const result = await testRestore({ deps, into, clock: app.clock }, ids);
  app.out.result(result, () => textOf(app, result));
  return EXITS[result.verdict];
};

const EXITS: Readonly<Record<TestRestoreResult['verdict'], ExitCode>> = {
  ok: EXIT.done,
  attention: EXIT.attention,
  mismatch: EXIT.refused,
};

function textOf(app: App, { logs, durationMs, repository }: TestRestoreResult): string {
  if (logs.length === 0)
    return `${repository} holds no snapshot of this cluster: there is nothing to restore.`;
  const rows = logs.map((log) => [
    log.logId,
    log.id ?? 'none',
    log.restored ? 'yes' : 'NO',
    log.register === 'behind' ? `${log.behind} behind` : log.register,
    `${log.confirmed} of ${log.segments}`,
    `${log.durationMs} ms`,
  ]);
  const problems = logs.flatMap((log) => log.problems.map(({ message }) => message));
  const head = ['log', 'snapshot', 'restored', 'to the register', 'segments found', 'took'];
  return [app.out.table(head, rows), ...problems, `restored in ${(durationMs / 1000).toFixed(1)} s`].join(
    '\n',
  );
}
