import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chainSchema } from '../codec/chain.ts';
import { toJson } from '../codec/common.ts';
import type { Chain } from '../core/chain.ts';
import { PortError } from '../core/errors.ts';
import type { LogId } from '../core/ids.ts';
import type { ChainCache } from '../ports/ChainCache.ts';
import { isFileError, makeDirectory, replaceFile } from './wrap/durableFile.ts';

/** One file for each log in a directory, replaced as a whole. */
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
      await replaceFile(path, `${toJson(chain)}\n`);
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
  const corrupt = (message: string, cause?: unknown) =>
    new PortError('corrupt', { subject: 'chain cache load', message: `${path} ${message}`, cause });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw corrupt('is not JSON', error);
  }
  const chain = chainSchema.safeParse(json);
  if (!chain.success) throw corrupt('is not a chain', chain.error);
  if (chain.data.logId !== logId) throw corrupt(`is the chain of log ${chain.data.logId}, not of ${logId}`);
  return chain.data;
}
