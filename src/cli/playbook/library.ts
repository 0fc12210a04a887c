import type { Playbook } from '../../codec/playbook.ts';
import { type AnyConfig, isForeign } from '../../config/config.ts';
import { DrError } from '../../core/errors.ts';
import { badFile, parsePlaybook } from '../../playbook/parse.ts';
import type { App } from '../app.ts';
import type { Options } from '../options.ts';
import { playbookCommands } from './commands.ts';

export interface KnownPlaybook {
  readonly playbook: Playbook;
  readonly file: string;
  readonly isShipped: boolean;
}

/**
 * All playbooks: those that come with the program, and those of `--playbooks DIR` and the configuration, which win
 * over shipped ones of the same id. A broken one of the user is said and left out: it must not stand in the way of a
 * recovery.
 */
export async function loadPlaybooks(app: App, options: Options): Promise<KnownPlaybook[]> {
  const known = new Map<string, KnownPlaybook>();
  for (const file of await yamlFiles(app, app.shippedPlaybooks)) {
    const { playbook, problems } = parsePlaybook(await app.readText(file), playbookCommands);
    if (playbook === undefined) throw badFile('E_BAD_PLAYBOOK', file, problems);
    known.set(playbook.id, { playbook, file, isShipped: true });
  }
  for (const directory of await ownDirectories(app, options)) {
    for (const file of await yamlFiles(app, directory)) {
      const { playbook } = parsePlaybook(await app.readText(file), playbookCommands);
      if (playbook !== undefined) known.set(playbook.id, { playbook, file, isShipped: false });
      else
        app.reporter.warn(
          `${file} is left out: \`vlog-dr playbook lint ${file}\` says what is wrong with it.`,
        );
    }
  }
  return [...known.values()];
}

/** Throws `E_USAGE`, with those that there are. */
export function findPlaybook(known: readonly KnownPlaybook[], id: string): KnownPlaybook {
  const found = known.find(({ playbook }) => playbook.id === id);
  if (found !== undefined) return found;
  throw new DrError('E_USAGE', {
    message: `There is no playbook ${id}; there is ${known.map(({ playbook }) => playbook.id).join(', ')}. Nothing was done.`,
    hint: '`vlog-dr playbook list` shows them, `vlog-dr guide` chooses one.',
  });
}

export async function yamlFiles(app: App, place: string): Promise<string[]> {
  const files = await app.filesAt(place);
  return files.filter((file) => file === place || /\.ya?ml$/.test(file));
}

/** The engine of the configured cluster; `undefined` without a configuration. */
export async function configuredDriver(app: App): Promise<'native' | 'restate' | undefined> {
  const config = await configIfAny(app);
  if (config === undefined) return undefined;
  return isForeign(config) ? config.driver : 'native';
}

function configIfAny(app: App): Promise<AnyConfig | undefined> {
  return app.anyConfig().catch((error: unknown) => {
    if (error instanceof DrError && error.code === 'E_CONFIG') return undefined;
    throw error;
  });
}

/** The flag's, then the configuration's; without a configuration there are only the others. */
async function ownDirectories(app: App, options: Options): Promise<string[]> {
  const given = options.texts('playbooks').map(app.absolute);
  const config = await configIfAny(app);
  return config?.playbooksDir === undefined ? given : [config.playbooksDir, ...given];
}
