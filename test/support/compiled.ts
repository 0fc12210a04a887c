import { execFile } from 'node:child_process';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

const ROOT = new URL('../..', import.meta.url).pathname;
const OPTIONS =
  '--ignoreConfig --noCheck --target es2023 --module nodenext --rewriteRelativeImportExtensions --rootDir .';

/**
 * Compiles a TypeScript program, with all it imports, for a process of its own; answers with the file to give to
 * `node`. From the sources as they are now, never from an older build. The caller deletes `dir`.
 */
export async function compile(entry: string): Promise<{ dir: string; file: string }> {
  await mkdir(join(ROOT, '.cache'), { recursive: true });
  const dir = await mkdtemp(join(ROOT, '.cache', 'compiled-'));
  const path = relative(ROOT, entry);
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, ...OPTIONS.split(' '), '--outDir', dir, path], {
    cwd: ROOT,
  });
  return { dir, file: join(dir, path.replace(/\.ts$/, '.js')) };
}
