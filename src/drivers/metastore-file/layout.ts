import { open, readdir } from 'node:fs/promises';
import { logIdSchema } from '../../codec/common.ts';
import { decodeRegister } from '../../codec/metastore.ts';
import type { Chain } from '../../core/chain.ts';
import { PortError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import { isFileError } from '../wrap/durableFile.ts';

/** `metastore.json`, and `logs/<logId>/r<revision>.json`, one file for each value that a register ever had. */
const REVISION_FILE = /^r(\d{20})\.json$/;

export const identityPath = (dir: string) => `${dir}/metastore.json`;
export const logsPath = (dir: string) => `${dir}/logs`;

/** Where a log's register is. A name that is no log id never becomes a path. */
export function registerPath(dir: string, logId: LogId): string {
  if (!logIdSchema.safeParse(logId).success)
    throw new PortError('notFound', {
      subject: 'MetaStore',
      message: `"${logId}" cannot be the id of a log.`,
    });
  return `${logsPath(dir)}/${logId}`;
}

export function revisionPath(register: string, revision: number): string {
  return `${register}/r${String(revision).padStart(20, '0')}.json`;
}

/** The highest revision of a register; 0 when it has none. Revisions have no gaps and are never taken away. */
export async function highestRevision(register: string, known: number): Promise<number> {
  if (known > 0 && (await isThere(revisionPath(register, known)))) {
    let highest = known;
    while (await isThere(revisionPath(register, highest + 1))) highest += 1;
    return highest;
  }
  const names = await namesIn(register);
  return Math.max(0, ...names.map((name) => Number(REVISION_FILE.exec(name)?.[1] ?? 0)));
}

/** Names in a directory; none when it is not there. */
export async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return [];
    throw error;
  }
}

/** A directory that was unmounted or deleted must not look like one whose registers are empty. */
export async function mustBeThere(dir: string): Promise<void> {
  if (await isThere(logsPath(dir))) return;
  throw new PortError('unavailable', {
    subject: `MetaStore ${dir}`,
    message: 'The directory is not there any more.',
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    const handle = await open(path, 'r');
    await handle.close();
    return true;
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return false;
    throw error;
  }
}

/** A value that fails its check is said, and never passed over for an older one. */
export async function readRevision(register: string, logId: LogId, revision: number): Promise<Chain> {
  const path = revisionPath(register, revision);
  const handle = await open(path, 'r');
  let text: string;
  try {
    text = await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
  const decoded = decodeRegister(logId, text);
  if (decoded.ok) return decoded.value;
  throw new PortError('corrupt', {
    subject: `register of log ${logId}`,
    message: `${path} is damaged. ${decoded.problem} Older values are beside it; none of them is the register.`,
  });
}
