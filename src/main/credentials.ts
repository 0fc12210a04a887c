import { readFile } from 'node:fs/promises';
import { DrError } from '../core/errors.ts';

/** Text of a file that the configuration names: a token, a password, a certificate, a key. */
export async function readCredential(file: string, what: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new DrError('E_CONFIG', {
      message: `The ${what} ${file} cannot be read. Nothing was asked of the cluster.`,
      context: { file },
      cause,
    });
  }
}
