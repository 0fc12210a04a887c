import { readFile } from 'node:fs/promises';
import type { App } from '../../cli/app.ts';
import { type Counters, countersSchema } from '../../codec/sandbox.ts';
import { DrError } from '../../core/errors.ts';
import { replaceFile } from '../../drivers/local/durableFiles.ts';
import { paths, type Sandbox, urlOf } from '../layout.ts';
import { CallLoad, type CounterVerdict, checkCounters } from './load.ts';

const COUNTERS = 8;
const WORKERS = 4;
const SAVE_EVERY_MS = 500;

export interface CallSummary {
  readonly acknowledged: number;
  readonly unknown: number;
  readonly elapsedMs: number;
  readonly countersFile: string;
}

export function ingressOf({ state }: Sandbox): string[] {
  return (state.restate?.nodes ?? []).map(({ ingressPort }) => urlOf(ingressPort));
}

/** Adds to counters; what their callers were told is kept in `DIR/counters.json`, also when this is killed. */
export async function runCallLoad(
  app: App,
  sandbox: Sandbox,
  additions: number | undefined,
): Promise<CallSummary> {
  const countersFile = paths.counters(sandbox.dir);
  const startedAt = app.clock.now();
  const load = new CallLoad({
    ingress: ingressOf(sandbox),
    counters: COUNTERS,
    workers: WORKERS,
    ...(additions === undefined ? {} : { additions }),
    before: await readCounters(sandbox),
    clock: app.clock,
    signal: app.signal,
  });
  const stage = app.reporter.stage('calling the counters');
  const ended = new AbortController();
  const save = () => replaceFile(countersFile, JSON.stringify(load.counters));
  const saving = saveUntil(app, ended.signal, save);
  try {
    await load.run();
  } finally {
    ended.abort();
    await saving;
    await save();
    stage.done(`${load.acknowledged} additions acknowledged, ${load.unknown} unknown`);
  }
  const { acknowledged, unknown } = load;
  return { acknowledged, unknown, elapsedMs: app.clock.now() - startedAt, countersFile };
}

async function saveUntil(app: App, ended: AbortSignal, save: () => Promise<void>): Promise<void> {
  while (!ended.aborted) {
    await app.clock.sleep(SAVE_EVERY_MS, ended).catch(() => undefined);
    await save();
  }
}

/** Every counter of this sandbox against what its callers were told. */
export async function checkSandboxCounters(sandbox: Sandbox): Promise<readonly CounterVerdict[]> {
  return await checkCounters(ingressOf(sandbox), await readCounters(sandbox));
}

async function readCounters(sandbox: Sandbox): Promise<Counters> {
  const file = paths.counters(sandbox.dir);
  const text = await readFile(file, 'utf8').catch(() => '{}');
  const parsed = countersSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new DrError('E_CORRUPT', { message: `${file} is damaged. Nothing was changed.`, context: { file } });
}
