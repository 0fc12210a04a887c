import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryRepository } from '../../../src/drivers/memory/repository.ts';
import { openFileRepository } from '../../../src/drivers/repository-file/fileRepository.ts';
import { repositoryContract } from '../../contract/repository.ts';
import { collect } from '../../support/snapshots.ts';

repositoryContract('memory', async () => {
  const repository = new MemoryRepository();
  return { repository, another: async () => repository, stop: async () => {} };
});

repositoryContract('file', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-repository-'));
  const { href } = pathToFileURL(dir);
  return {
    repository: await openFileRepository(href),
    another: () => openFileRepository(href),
    stop: () => rm(dir, { recursive: true }),
  };
});

describe('the file repository', () => {
  let dir: string;
  let url: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vlog-dr-repository-'));
    url = pathToFileURL(dir).href;
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('a directory that went away is unavailable, not empty', async () => {
    const repository = await openFileRepository(url);
    await repository.putIfAbsent('a/k', new Uint8Array([1]));
    await rename(dir, `${dir}-gone`);
    const calls = [
      () => repository.get('a/k'),
      () => collect(repository.list('')),
      () => repository.putIfAbsent('a/l', new Uint8Array([1])),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ failure: 'unavailable' });
    await rename(`${dir}-gone`, dir);
    expect(await collect(repository.list(''))).toEqual(['a/k']);
  });

  test('leaves no temporary file behind', async () => {
    const repository = await openFileRepository(url);
    await repository.putIfAbsent('k', new Uint8Array([1]));
    await repository.putIfAbsent('k', new Uint8Array([2]));
    expect(await readdir(join(dir, '.tmp'))).toEqual([]);
  });

  test('is not made by a command that only reads, and stands in nobody’s way until it is used', async () => {
    const missing = await openFileRepository(`${url}/not-there`, { create: false });
    await expect(missing.get('a/b')).rejects.toMatchObject({ failure: 'unavailable' });
    const put = missing.putIfAbsent('a/b', new Uint8Array(1));
    await expect(put).rejects.toMatchObject({ failure: 'unavailable' });
  });

  test('an address that is none is a mistake of configuration', async () => {
    await expect(openFileRepository('file://host/dir')).rejects.toMatchObject({ code: 'E_CONFIG' });
  });
});
