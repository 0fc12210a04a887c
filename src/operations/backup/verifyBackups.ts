import type { LogArchive } from '../../archive/LogArchive.ts';
import type { BackupsVerifyResult } from '../../codec/results/backup.ts';
import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import { verifyData } from '../backupData/verifyData.ts';
import { HistoryCheck } from './checkHistory.ts';
import type { BackupDeps } from './deps.ts';
import { idOf } from './id.ts';
import { standingOf } from './plan.ts';

type LogVerdict = BackupsVerifyResult['logs'][number];

/** Reads every document of the repository, and holds them against each other and against the registers. Writes nothing. */
export async function verifyBackups(
  deps: BackupDeps,
  options: { readonly logs?: readonly LogId[]; readonly archive?: LogArchive } = {},
): Promise<BackupsVerifyResult> {
  const logs: LogVerdict[] = [];
  for await (const logId of options.logs ?? deps.snapshots.listLogs())
    logs.push(await verifyLog(deps, logId, options.archive));
  return {
    ok: logs.every(({ problems }) => problems.length === 0),
    repository: deps.snapshots.repository.url,
    logs,
  };
}

async function verifyLog(
  deps: BackupDeps,
  logId: LogId,
  archive: LogArchive | undefined,
): Promise<LogVerdict> {
  const check = new HistoryCheck();
  for await (const found of deps.snapshots.documents(logId)) {
    if ('problem' in found) check.damaged(idOf(found.ref), found.ref, found.problem);
    else check.sound(idOf(found.ref), found.document);
  }
  const { newest, snapshots, gaps, problems } = check;
  const id = newest === undefined ? null : idOf(newest);
  const register = await registerOf(deps, logId);
  const chain = register === 'unknown' ? newest?.chain : register.chain;
  const read = archive && (await verifyData(archive, logId, chain));
  const standing = register === 'unknown' ? 'unknown' : standingOf(register.chain, newest);
  return {
    logId,
    snapshots,
    gaps,
    newest: id,
    register: standing === 'none' ? 'same' : standing,
    problems: [...problems, ...registerProblems(standing, id ?? `${logId}`), ...(read?.problems ?? [])],
    ...(read && { data: read.data }),
  };
}

async function registerOf(
  { metaStore }: BackupDeps,
  logId: LogId,
): Promise<'unknown' | { chain: Chain | undefined }> {
  try {
    return { chain: await metaStore.get(logId) };
  } catch (error) {
    if (isPortError(error)) return 'unknown';
    throw error;
  }
}

function registerProblems(
  standing: ReturnType<typeof standingOf> | 'unknown',
  id: string,
): LogVerdict['problems'] {
  switch (standing) {
    case 'lost':
      return [{ kind: 'lost', id, message: 'The MetaStore has no chain of this log any more.' }];
    case 'backwards':
      return [{ kind: 'backwards', id, message: 'The MetaStore is older than this snapshot.' }];
    case 'differs':
      return [{ kind: 'differs', id, message: 'The MetaStore has another chain of this version.' }];
    default:
      return [];
  }
}
