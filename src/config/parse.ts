import { parse } from 'yaml';
import { DrError } from '../core/errors.ts';
import { type AnyConfig, type Config, type ConfigProblem, isForeign } from './config.ts';
import { normalizeForeign } from './foreign.ts';
import { type ConfigOverrides, normalize, type Surroundings } from './normalize.ts';
import { configError, problemsOf } from './problems.ts';
import { ruleProblems } from './rules.ts';
import { clusterConfigSchema, namedClustersSchema, restateConfigSchema } from './schema.ts';

/** Text of a configuration file → the cluster asked for. Throws `E_CONFIG` with everything that is wrong. */
export function parseConfig(request: ParseRequest): AnyConfig {
  const { around } = request;
  const chosen = chooseCluster(readYaml(request.text, around.file), request.cluster, around.file);
  return driverOf(chosen) === 'native' ? parseNative(request, chosen) : parseForeign(request, chosen);
}

interface ParseRequest {
  readonly text: string;
  readonly around: Surroundings;
  readonly overrides: ConfigOverrides;
  /** `--cluster`; needed only where the file describes several. */
  readonly cluster?: string;
}

function parseNative({ around, overrides }: ParseRequest, chosen: unknown): Config {
  const shaped = clusterConfigSchema.safeParse(chosen);
  if (!shaped.success) throw configError(around.file, problemsOf(shaped.error, chosen));
  const problems: ConfigProblem[] = [];
  const config = normalize(shaped.data, overrides, around, problems);
  problems.push(...ruleProblems(config));
  if (problems.length > 0) throw configError(around.file, problems);
  return config;
}

function parseForeign({ around, overrides }: ParseRequest, chosen: unknown): AnyConfig {
  const shaped = restateConfigSchema.safeParse(chosen);
  if (!shaped.success) throw configError(around.file, problemsOf(shaped.error, chosen));
  const problems: ConfigProblem[] = [];
  const config = normalizeForeign(shaped.data, overrides, around, problems);
  if (problems.length > 0) throw configError(around.file, problems);
  return config;
}

/** Native clusters need no such line. */
function driverOf(document: unknown): unknown {
  if (typeof document !== 'object' || document === null || !('driver' in document)) return 'native';
  return document.driver;
}

function readYaml(text: string, file: string): unknown {
  try {
    return parse(text, { maxAliasCount: 100, logLevel: 'error' }) as unknown;
  } catch (cause) {
    throw new DrError('E_CONFIG', {
      message: `${file} is not YAML. Nothing was read or changed.\n  ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`,
      hint: `Correct ${file}.`,
      context: { file },
      cause,
    });
  }
}

function chooseCluster(document: unknown, wanted: string | undefined, file: string): unknown {
  if (document === null || typeof document !== 'object') return document;
  if (!('clusters' in document)) return theOnlyCluster(document, wanted, file);
  const named = namedClustersSchema.safeParse(document);
  if (!named.success) throw configError(file, problemsOf(named.error, document));
  const names = Object.keys(named.data.clusters);
  const name = wanted ?? named.data.default ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined || !(name in named.data.clusters)) {
    const received = name === undefined ? 'nothing' : JSON.stringify(name);
    throw configError(file, [{ path: '--cluster', expected: `one of ${names.join(', ')}`, received }]);
  }
  return named.data.clusters[name];
}

function theOnlyCluster(document: object, wanted: string | undefined, file: string): unknown {
  const schema = driverOf(document) === 'native' ? clusterConfigSchema : restateConfigSchema;
  const shaped = schema.safeParse(document);
  const name = shaped.success ? shaped.data.cluster.name : undefined;
  // A wrong `--cluster` must not be ignored: the command would run against another cluster than the one meant.
  if (wanted === undefined || name === undefined || name === wanted) return document;
  throw configError(file, [
    { path: 'cluster.name', expected: `"${wanted}" (--cluster)`, received: `"${name}"` },
  ]);
}

/** Whether a text would be accepted as a configuration; throws as `parseConfig` does. */
export function parseConfigText(text: string, file: string): AnyConfig {
  const asIs = (path: string) => path;
  const around = { file, resolveFromFile: asIs, resolveFromHere: asIs, defaultStateDir: asIs };
  return parseConfig({ text, around, overrides: {} });
}

/** For what is only of native clusters. Throws `E_USAGE`. */
export function nativeOnly(config: AnyConfig): Config {
  if (!isForeign(config)) return config;
  throw new DrError('E_USAGE', {
    message: `${config.file} describes a ${config.driver === 'restate' ? 'Restate' : config.driver} cluster, and this command works on native ones only. Nothing was done.`,
    hint: 'docs/operations/restate.md shows what there is for Restate.',
  });
}
