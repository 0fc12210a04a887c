import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDirectory } from '../../../src/drivers/wrap/durableFile.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-dirs-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('every directory that is missing is made, by several at once as well', async () => {
  const deep = join(dir, 'a', 'b', 'c');
  await Promise.all([makeDirectory(deep), makeDirectory(deep), makeDirectory(join(dir, 'a', 'b', 'd'))]);
  await makeDirectory(deep);
  expect((await stat(deep)).isDirectory()).toBe(true);
});

test('a link to a directory is one; a file is in the way', async () => {
  await makeDirectory(join(dir, 'real'));
  await symlink(join(dir, 'real'), join(dir, 'link'));
  await makeDirectory(join(dir, 'link'));
  await makeDirectory(join(dir, 'link', 'below'));
  await writeFile(join(dir, 'file'), '');
  await expect(makeDirectory(join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeDirectory(join(dir, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.skipIf(process.platform !== 'linux')(
  'where none can be made it fails, and does not try for ever',
  async () => {
    await expect(makeDirectory('/proc/nowhere/below')).rejects.toMatchObject({ code: 'ENOENT' });
  },
);
