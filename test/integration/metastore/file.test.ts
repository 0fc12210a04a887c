import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Chain, identityOf } from '../../../src/core/chain.ts';
import { clusterId, logId } from '../../../src/core/ids.ts';
import { openFileMetaStore } from '../../../src/drivers/metastore-file/fileMetaStore.ts';
import type { MetaStore } from '../../../src/ports/MetaStore.ts';
import { aChain, chainVersions, extended } from '../../support/chains.ts';

const LOG = logId('1');
const OTHER = clusterId('99999999-9999-4999-8999-999999999999');

describe('the file MetaStore', () => {
  let dir: string;
  let store: MetaStore;
  let files: () => Promise<string[]>;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vlog-dr-metastore-'));
    store = await openFileMetaStore({ dir });
    files = async () =>
      (await readdir(join(dir, 'logs', LOG))).sort().map((name) => join(dir, 'logs', LOG, name));
    const [first, second] = chainVersions(aChain(), 2) as [Chain, Chain];
    await store.compareAndSet(LOG, undefined, first);
    await store.compareAndSet(LOG, identityOf(first), second);
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('says that the newest value is damaged, and does not give an older one for it', async () => {
    const newest = (await files()).at(-1) as string;
    const text = await readFile(newest, 'utf8');
    for (const damaged of [text.replace('"trimPoint":"0"', '"trimPoint":"1"'), text.slice(0, -20), '']) {
      await writeFile(newest, damaged);
      await expect(store.get(LOG)).rejects.toMatchObject({ failure: 'corrupt' });
      const attempt = store.compareAndSet(LOG, identityOf(aChain()), extended(aChain(), 3n));
      await expect(attempt).rejects.toMatchObject({ failure: 'corrupt' });
    }
  });

  test('refuses the chain of another cluster, and to be opened for one', async () => {
    const chain = aChain({ clusterId: OTHER, logId: logId('2') });
    const attempt = store.compareAndSet(chain.logId, undefined, chain);
    await expect(attempt).rejects.toMatchObject({ code: 'E_WRONG_CLUSTER' });
    await expect(openFileMetaStore({ dir, clusterId: OTHER })).rejects.toMatchObject({
      code: 'E_WRONG_CLUSTER',
    });
    expect(await store.list()).toEqual([LOG]);
  });

  test('a directory that went away is unavailable, not empty', async () => {
    await rename(dir, `${dir}-gone`);
    await expect(store.get(LOG)).rejects.toMatchObject({ failure: 'unavailable' });
    await expect(store.list()).rejects.toMatchObject({ failure: 'unavailable' });
    expect(await store.health()).toMatchObject({ health: 'lost' });
    await rename(`${dir}-gone`, dir);
    expect(await store.get(LOG)).toMatchObject({ version: 2 });
  });

  test('a directory that was emptied and begun anew has no memory of before', async () => {
    await rm(join(dir, 'logs', LOG), { recursive: true });
    expect(await store.get(LOG)).toBeUndefined();
    await store.compareAndSet(LOG, undefined, aChain({ trimPoint: 0n, version: 7 }));
    expect(await store.get(LOG)).toMatchObject({ version: 7 });
  });

  test('a watch that lived through the loss of its directory sees what is written after it', async () => {
    const versions: number[] = [];
    const stop = new AbortController();
    for await (const chain of store.watch(LOG, undefined, stop.signal)) {
      versions.push(chain.version);
      if (versions.length === 2) {
        await rm(join(dir, 'logs', LOG), { recursive: true });
        await store.compareAndSet(LOG, undefined, aChain({ version: 7 }));
      }
      if (versions.length === 3) stop.abort();
    }
    expect(versions).toEqual([1, 2, 7]);
  });

  test.each(['..', '../escape', '.hidden', 'a/b', ''])(
    'takes no path from a log named "%s"',
    async (name) => {
      await expect(store.get(logId(name))).rejects.toMatchObject({ failure: 'notFound' });
    },
  );

  test('never stores what could not be read again', async () => {
    const nonsense = { ...extended(extended(aChain())), segments: [] };
    const attempt = store.compareAndSet(LOG, identityOf(extended(aChain())), nonsense);
    await expect(attempt).rejects.toThrow(/not a chain/);
    expect(await files()).toHaveLength(2);
  });
});
