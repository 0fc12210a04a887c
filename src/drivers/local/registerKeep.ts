import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeRegisterSet, encodeRegisterSet, type RegisterSetDocument } from '../../codec/registerSet.ts';
import { PortError } from '../../core/errors.ts';
import type { RegisterKeep } from '../../ports/RegisterKeep.ts';
import * as durable from '../wrap/durableFile.ts';
import { makeDirectory } from '../wrap/durableFile.ts';
import { orDiskError } from './durableFiles.ts';

/** `<stateDir>/runs/<run>/registers.json`, in the form of a backup. */
export function registerKeep(options: {
  readonly stateDir: string;
  readonly owner: Pick<RegisterSetDocument, 'engine' | 'writtenBy'> & { readonly name: string };
}): RegisterKeep {
  const fileOf = (runId: string) => join(options.stateDir, 'runs', runId, 'registers.json');
  const { engine, writtenBy, name } = options.owner;
  return {
    save: async (runId, set) => {
      const file = fileOf(runId);
      const cluster = { name, fingerprint: 0n };
      const document = encodeRegisterSet({ engine, writtenBy, cluster, source: 'store', set, takenAt: 0 });
      await orDiskError(file, async () => {
        await makeDirectory(join(options.stateDir, 'runs', runId));
        await durable.createFile(file, document);
      });
      return file;
    },
    load: async (runId) => {
      const file = fileOf(runId);
      const bytes = await readFile(file).catch((cause: unknown) => {
        throw new PortError('notFound', {
          subject: file,
          message: 'the registers of this run are not there',
          cause,
        });
      });
      const decoded = decodeRegisterSet(new Uint8Array(bytes));
      if (decoded.ok) return decoded.value.set;
      throw new PortError('corrupt', { subject: file, message: decoded.problem });
    },
  };
}
