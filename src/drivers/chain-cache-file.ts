import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRegister, encodeRegister } from '../codec/metastore.ts';
import type { Chain } from '../core/chain.ts';
import { PortError } from '../core/errors.ts';
import type { LogId } from '../core/ids.ts';
import type { ChainCache } from '../ports/ChainCache.ts';
import { isFileError, makeDirectory, replaceFile } from './wrap/durableFile.ts';

/** One file for each log in a directory, replaced as a whole: the text of its register, with its digest. */
export class FileChainCache implements ChainCache {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async load(logId: LogId): Promise<Chain | undefined> {
    const path = this.#pathOf(logId);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (isFileError(error, 'ENOENT')) return undefined;
      throw new PortError('unavailable', {
        subject: 'chain cache load',
        message: `cannot read ${path}`,
        cause: error,
      });
    }
    return decode(text, path, logId);
  }

  async save(chain: Chain): Promise<void> {
    const path = this.#pathOf(chain.logId);
    try {
      await makeDirectory(this.#dir);
      await replaceFile(path, `${encodeRegister(chain.logId, chain)}\n`);
    } catch (error) {
      throw new PortError('unavailable', {
        subject: 'chain cache save',
        message: `cannot write ${path}`,
        cause: error,
      });
    }
  }

  #pathOf(logId: LogId): string {
    return join(this.#dir, `${logId}.chain.json`);
  }
}

function decode(text: string, path: string, logId: LogId): Chain {
  const decoded = decodeRegister(logId, text);
  if (decoded.ok) return decoded.value;
  throw new PortError('corrupt', {
    subject: 'chain cache load',
    message: `${path} holds no chain of log ${logId}. ${decoded.problem}`,
  });
}
