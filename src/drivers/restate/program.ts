import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { DrError } from '../../core/errors.ts';

/**
 * `restate-server`: in PATH, or of the npm package, whose own launcher would stand between us and the process. Throws
 * `E_PROGRAM_MISSING`.
 */
export async function serverProgram(): Promise<string> {
  const packaged = packagedProgram();
  const directories = (process.env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  for (const path of [
    ...(packaged === undefined ? [] : [packaged]),
    ...directories.map((one) => join(one, NAME)),
  ])
    if (await isProgram(path)) return path;
  throw new DrError('E_PROGRAM_MISSING', {
    message: 'There is no `restate-server`. Nothing was started.',
    hint: 'Install it: `npm install @restatedev/restate-server`, or put the binary into PATH.',
  });
}

const NAME = 'restate-server';

function packagedProgram(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const manifest = require.resolve(
      `@restatedev/restate-server-${process.platform}-${process.arch}/package.json`,
    );
    return join(dirname(manifest), 'bin', NAME);
  } catch {
    return undefined;
  }
}

async function isProgram(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
