import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import { metaStoreContract } from '../../contract/metaStore.ts';

metaStoreContract('memory', async () => {
  const store = new MemoryMetaStore();
  return { store, another: async () => store, stop: async () => {} };
});

metaStoreContract('file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-metastore-'));
  return {
    store: await openFileMetaStore({ dir }),
    another: () => openFileMetaStore({ dir }),
    stop: () => rm(dir, { recursive: true }),
  };
});
