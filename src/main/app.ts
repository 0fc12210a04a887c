import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App } from '../cli/app.ts';
import { type AnyConfig, type Config, type ForeignConfig, isForeign } from '../config/config.ts';
import { nativeOnly } from '../config/parse.ts';
import { systemClock } from '../drivers/local/clock.ts';
import { createNewFile } from '../drivers/local/durableFiles.ts';
import { systemRandom } from '../drivers/local/random.ts';
import { registerKeep } from '../drivers/local/registerKeep.ts';
import { runsDirectory } from '../drivers/local/runsDirectory.ts';
import type { ProcessIo } from '../main.ts';
import type { Reporter } from '../ports/Reporter.ts';
import { type Asker, createPrompter } from '../ui/prompter.ts';
import { lineReporter, spinnerReporter } from '../ui/reporter.ts';
import { isCi, wantsMotion } from '../ui/terminal.ts';
import { loadAnyConfig, loadConfig } from './configFile.ts';
import { connect, openMetaStoreAt, openRepositoryAt } from './connect.ts';
import { filesAt, inventoryOf, isThere, readGiven } from './given.ts';
import { ping } from './heartbeat.ts';
import { serveMetrics } from './metrics.ts';
import { createOutput } from './output.ts';
import { openLogServerAt, proveWritable } from './probes.ts';
import { serveLogServer, serveMetaStore } from './serve.ts';
import { terminalOf } from './terminal.ts';

type Values = Readonly<Record<string, unknown>>;

/** Puts together what a command is given. `cleanUp` undoes what was opened, last first. */
export async function createApp(
  values: Values,
  version: string,
  io: ProcessIo,
): Promise<{ app: App; cleanUp: () => Promise<void> }> {
  const cleanUps: (() => Promise<void>)[] = [];
  const defer: App['defer'] = (cleanUp) => {
    cleanUps.push(cleanUp);
  };
  const surroundings = await surroundingsOf(values, io);
  let config: Promise<AnyConfig> | undefined;
  const loadAny = () => {
    config ??= loadAnyConfig(values, io.env, io.cwd);
    return config;
  };
  const loadOnce = async () => nativeOnly(await loadAny());
  const connectWith = async (loaded: Config, create = false) => {
    const around = { ...surroundings, version, create };
    const { connection, disconnect } = await connect(loaded, around);
    defer(disconnect);
    return connection;
  };
  const connectForeignWith = async (loaded: AnyConfig, create = false) => {
    const { connectForeign } = await import('./foreign.ts');
    const around = { ...surroundings, version, create };
    const { connection, disconnect } = await connectForeign(foreignOnly(loaded), around);
    defer(disconnect);
    return connection;
  };
  const app: App = {
    ...surroundings,
    version,
    signal: io.signal,
    config: loadOnce,
    anyConfig: loadAny,
    isForeign: async () => isForeign(await loadAny()),
    connectForeign: async (request) => await connectForeignWith(await loadAny(), request?.create),
    connectForeignTo: async (file, request) =>
      await connectForeignWith(await loadAnyConfig({ config: file }, {}, io.cwd), request?.create),
    openForeign: async (address) => {
      const { foreignClusterAt } = await import('./foreign.ts');
      const cluster = foreignClusterAt(address, requestTimeoutOf(values));
      defer(() => cluster.close());
      return cluster;
    },
    connect: async (request) => await connectWith(await loadOnce(), request?.create),
    connectTo: async (file, request) =>
      await connectWith(await loadConfig({ config: file }, {}, io.cwd), request?.create),
    openRepository: async (request) => {
      const repository = await openRepositoryAt(request, false);
      defer(() => repository.close());
      return repository;
    },
    openMetaStore: async (address, loaded) => {
      const metaStore = await openMetaStoreAt(address, loaded, io.cwd);
      defer(() => metaStore.close());
      return metaStore;
    },
    openThrowAwayMetaStore: async (loaded) => {
      const dir = await mkdtemp(join(tmpdir(), 'vlog-dr-restore-'));
      defer(() => rm(dir, { recursive: true, force: true }));
      const metaStore = await openMetaStoreAt(dir, loaded, io.cwd);
      defer(() => metaStore.close());
      return metaStore;
    },
    openMetaStoreAdmin: async (loaded) => {
      const { openMetaStoreAdmin } = await import('./metaStoreAdmin.ts');
      const admin = await openMetaStoreAdmin(loaded, surroundings);
      defer(() => admin.close());
      return admin;
    },
    openRegisterStoreAdmin: async (loaded) => {
      const { metaStore } = loaded;
      if (metaStore.kind === 'builtin') return undefined;
      const { openRegisterStoreAdmin } = await import('./metaStoreAdmin.ts');
      const admin = await openRegisterStoreAdmin(loaded, metaStore, surroundings);
      defer(() => admin.close());
      return admin;
    },
    openLogServer: async (url) => {
      const server = await openLogServerAt(
        url,
        typeof values.tokenFile === 'string' ? values.tokenFile : undefined,
      );
      defer(() => server.disconnect());
      return server;
    },
    clocks: async (loaded) => {
      const { readClocks } = await import('./serverClock.ts');
      return await readClocks(loaded, surroundings.clock);
    },
    proveWritable,
    inventoryOf: (dataDir) => inventoryOf(resolve(io.cwd, dataDir)),
    absolute: (path) => resolve(io.cwd, path),
    filesAt: (path) => filesAt(resolve(io.cwd, path)),
    registerKeep: ({ stateDir, driver, cluster: { name } }) =>
      registerKeep({ stateDir, owner: { engine: driver, name, writtenBy: `vlog-dr ${version}` } }),
    runs: ({ stateDir }) => runsDirectory({ stateDir, ...surroundings }),
    playbookRuns: ({ stateDir }) => runsDirectory({ stateDir: join(stateDir, 'playbooks'), ...surroundings }),
    shippedPlaybooks: fileURLToPath(new URL('../../playbooks', import.meta.url)),
    within: async (innerValues, difference) => {
      const inner = await createApp(innerValues, version, io);
      defer(inner.cleanUp);
      return { app: { ...inner.app, ...difference }, cleanUp: inner.cleanUp };
    },
    exists: (path) => isThere(resolve(io.cwd, path)),
    readText: (file) => readGiven(resolve(io.cwd, file)),
    writeNewText: (file, text) => createNewFile(resolve(io.cwd, file), text),
    serveLogServer: (launch) => serveLogServer(launch, { version, reporter: surroundings.reporter }),
    serveMetaStore,
    serveMetrics,
    ping,
    defer,
  };
  const cleanUp = async () => {
    const undone = [];
    // One that fails must not keep the others from being undone: it could be what stops a process.
    for (const undo of cleanUps.splice(0).reverse()) undone.push(...(await Promise.allSettled([undo()])));
    const failed = undone.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  return { app, cleanUp };
}

function foreignOnly(config: AnyConfig): ForeignConfig {
  if (isForeign(config)) return config;
  throw new Error(`${config.file} describes a native cluster`);
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Before there is a configuration. */
function requestTimeoutOf({ requestTimeout }: Values): number {
  return (typeof requestTimeout === 'string' && Number(requestTimeout)) || REQUEST_TIMEOUT_MS;
}

async function surroundingsOf(
  values: Values,
  io: ProcessIo,
): Promise<Pick<App, 'flags' | 'out' | 'reporter' | 'prompter' | 'clock' | 'random' | 'stdin'>> {
  const isJson = values.json === true;
  const interactive = io.stdin.isTTY === true && values.input !== false && !isCi(io.env);
  return {
    flags: { json: isJson, yes: values.yes === true, verbose: values.verbose === true },
    out: createOutput(io.stdout, terminalOf(io.stdout, io.env), isJson),
    reporter: await reporterOf(io),
    prompter: createPrompter({ interactive, asker: () => askerFor(io) }),
    clock: systemClock,
    random: systemRandom(),
    stdin: { isTerminal: io.stdin.isTTY === true, chunks: io.stdin },
  };
}

/** Drawn questions where they can be drawn; numbered lines elsewhere. */
async function askerFor({ stdin, stderr, env }: ProcessIo): Promise<Asker> {
  const io = { input: stdin, output: stderr, terminal: terminalOf(stderr, env) };
  if (env.TERM === 'dumb' || !io.terminal.isTerminal)
    return (await import('../ui/askers/plain.ts')).plainAsker(io);
  return await (await import('../ui/askers/inquirer.ts')).inquirerAsker(io);
}

async function reporterOf(io: ProcessIo): Promise<Reporter> {
  const terminal = terminalOf(io.stderr, io.env);
  if (!wantsMotion(terminal.isTerminal, io.env)) return lineReporter(terminal);
  const { default: ora } = await import('ora');
  return spinnerReporter(terminal, (text) => ora({ text, stream: io.stderr as NodeJS.WriteStream }));
}
