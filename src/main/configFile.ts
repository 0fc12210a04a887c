import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { AnyConfig, Config } from '../config/config.ts';
import type { ConfigOverrides, Surroundings } from '../config/normalize.ts';
import { nativeOnly, parseConfig } from '../config/parse.ts';
import { DrError } from '../core/errors.ts';
import { isThere } from './given.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of a native cluster; throws `E_USAGE` for another. */
export async function loadConfig(...from: Parameters<typeof loadAnyConfig>): Promise<Config> {
  return nativeOnly(await loadAnyConfig(...from));
}

/** Flags win over the environment, which wins over the file. */
export async function loadAnyConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Environment,
  cwd: string,
): Promise<AnyConfig> {
  const pick = (flag: string, variable: string): string | undefined => {
    const given = flags[flag];
    if (typeof given === 'string') return given;
    const fromEnv = env[variable];
    return fromEnv === '' ? undefined : fromEnv;
  };
  const file = await findFile(pick('config', 'VLOG_DR_CONFIG'), env, cwd);
  const cluster = pick('cluster', 'VLOG_DR_CLUSTER');
  return parseConfig({
    text: await readConfig(file),
    around: surroundingsOf(file, env, cwd),
    overrides: present({
      stateDir: pick('stateDir', 'VLOG_DR_STATE_DIR'),
      chainCacheDir: pick('chainCache', 'VLOG_DR_CHAIN_CACHE'),
      repository: pick('repository', 'VLOG_DR_REPOSITORY'),
      metaStore: pick('metastore', 'VLOG_DR_METASTORE'),
      durability: pick('', 'VLOG_DR_DURABILITY'),
      requestTimeoutMs: pick('requestTimeout', 'VLOG_DR_REQUEST_TIMEOUT'),
      tokenFile: pick('tokenFile', 'VLOG_DR_TOKEN_FILE'),
      caFile: pick('', 'VLOG_DR_CA_FILE'),
    }),
    ...(cluster === undefined ? {} : { cluster }),
  });
}

async function findFile(given: string | undefined, env: Environment, cwd: string): Promise<string> {
  if (given !== undefined) return resolve(cwd, given);
  const home = env.XDG_CONFIG_HOME || join(env.HOME ?? homedir(), '.config');
  const candidates = [join(cwd, 'vlog-dr.yaml'), join(home, 'vlog-dr', 'config.yaml')];
  for (const candidate of candidates) {
    if (await isThere(candidate)) return candidate;
  }
  throw new DrError('E_CONFIG', {
    message: `There is no configuration: neither ${candidates.join(' nor ')} exists. Nothing was read or changed.`,
    hint: 'Give `--config FILE`, or write one with `vlog-dr init`.',
    context: { candidates },
  });
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new DrError('E_CONFIG', {
      message: `${file} cannot be read. Nothing was changed.`,
      hint: 'Check the path after `--config`.',
      context: { file },
      cause,
    });
  }
}

function surroundingsOf(file: string, env: Environment, cwd: string): Surroundings {
  const state = env.XDG_STATE_HOME || join(env.HOME ?? homedir(), '.local', 'state');
  return {
    file,
    resolveFromFile: (path) => resolve(dirname(file), path),
    resolveFromHere: (path) => resolve(cwd, path),
    defaultStateDir: (name) => join(state, 'vlog-dr', name),
  };
}

function present(overrides: Readonly<Record<keyof ConfigOverrides, string | undefined>>): ConfigOverrides {
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
}
