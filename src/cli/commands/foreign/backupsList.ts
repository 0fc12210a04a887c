import type { ListedSet } from '../../../codec/results/setBackup.ts';
import { EXIT } from '../../../core/errorCatalogue.ts';
import { DrError } from '../../../core/errors.ts';
import { idOf } from '../../../snapshots/SetBackups.ts';
import type { CommandModule } from '../../app.ts';
import { backupDepsOf } from './backup.ts';

/** `backups list`, for a Restate cluster. */
export const run: CommandModule['run'] = async (app) => {
  const connection = await app.connectForeign();
  const { backups, expected } = backupDepsOf(connection);
  const fingerprint = expected.fingerprint ?? (await theOnlyCluster(backups));
  const sets: ListedSet[] = [];
  for (const ref of await backups.list(fingerprint)) {
    const item = await backups.read(ref);
    const head = { id: idOf(ref.key), takenAt: ref.takenAt, source: ref.source };
    if ('problem' in item) sets.push({ ...head, state: 'damaged', problem: item.problem });
    else {
      const registers = Object.fromEntries(
        [...item.document.set].map(([key, { version }]) => [key, version]),
      );
      sets.push({ ...head, state: 'sound', registers });
    }
  }
  const { url: repository } = backups.repository;
  app.out.result({ repository, fingerprint: fingerprint.toString(), sets }, () => {
    if (sets.length === 0) return `${repository} holds no backup of this cluster.`;
    const rows = sets.map((one) => [
      one.id,
      new Date(one.takenAt).toISOString(),
      one.source,
      one.problem === undefined ? versionsText(one.registers ?? {}) : `DAMAGED: ${one.problem}`,
    ]);
    return app.out.table(['backup', 'taken', 'from', 'registers'], rows);
  });
  return sets.some(({ state }) => state === 'damaged') ? EXIT.attention : EXIT.done;
};

function versionsText(registers: Readonly<Record<string, number>>): string {
  return Object.entries(registers)
    .map(([key, version]) => `${key}@${version}`)
    .join(' ');
}

async function theOnlyCluster(backups: { clusters(): Promise<bigint[]> }): Promise<bigint> {
  const [only, ...others] = await backups.clusters();
  if (only !== undefined && others.length === 0) return only;
  throw new DrError('E_CONFIG', {
    message:
      only === undefined
        ? 'The repository holds no backup of a Restate cluster. Nothing was changed.'
        : `The repository holds backups of several clusters: ${[only, ...others].join(', ')}. Nothing was changed.`,
    hint: 'Put `cluster.fingerprint` into the configuration.',
  });
}
