import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { App } from '../cli/app.ts';
import type { Config } from '../config/config.ts';
import { systemClock } from '../drivers/local/clock.ts';
import { createNewFile } from '../drivers/local/durableFiles.ts';
import { systemRandom } from '../drivers/local/random.ts';
import { runsDirectory } from '../drivers/local/runsDirectory.ts';
import type { ProcessIo } from '../main.ts';
import type { Reporter } from '../ports/Reporter.ts';
import { createPrompter, inquirerAsker } from '../ui/prompter.ts';
import { lineReporter, spinnerReporter } from '../ui/reporter.ts';
import { isCi, wantsMotion } from '../ui/terminal.ts';
import { loadConfig } from './configFile.ts';
import { connect, openMetaStoreAt, openRepositoryAt } from './connect.ts';
import { filesAt, inventoryOf, readGiven } from './given.ts';
import { ping } from './heartbeat.ts';
import { serveMetrics } from './metrics.ts';
import { createOutput } from './output.ts';
import { openLogServerAt, proveWritable, skewOfServer } from './probes.ts';
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
  let config: Promise<Config> | undefined;
  const loadOnce = () => {
    config ??= loadConfig(values, io.env, io.cwd);
    return config;
  };
  const connectWith = async (loaded: Config, create = false) => {
    const around = { ...surroundings, version, create };
    const { connection, disconnect } = await connect(loaded, around);
    defer(disconnect);
    return connection;
  };
  const app: App = {
    ...surroundings,
    version,
    signal: io.signal,
    config: loadOnce,
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
    openLogServer: async (url) => {
      const server = await openLogServerAt(
        url,
        typeof values.tokenFile === 'string' ? values.tokenFile : undefined,
      );
      defer(() => server.disconnect());
      return server;
    },
    skewOf: async (id) => await skewOfServer(await loadOnce(), surroundings.clock, id),
    proveWritable,
    inventoryOf: (dataDir) => inventoryOf(resolve(io.cwd, dataDir)),
    absolute: (path) => resolve(io.cwd, path),
    filesAt: (path) => filesAt(resolve(io.cwd, path)),
    runs: ({ stateDir }) => runsDirectory({ stateDir, ...surroundings }),
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
    for (const undo of cleanUps.reverse()) undone.push(...(await Promise.allSettled([undo()])));
    const failed = undone.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  return { app, cleanUp };
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
    prompter: createPrompter({ interactive, asker: () => inquirerAsker(io.stderr) }),
    clock: systemClock,
    random: systemRandom(),
    stdin: { isTerminal: io.stdin.isTTY === true, chunks: io.stdin },
  };
}

async function reporterOf(io: ProcessIo): Promise<Reporter> {
  const terminal = terminalOf(io.stderr, io.env);
  if (!wantsMotion(terminal.isTerminal, io.env)) return lineReporter(terminal);
  const { default: ora } = await import('ora');
  return spinnerReporter(terminal, (text) => ora({ text, stream: io.stderr as NodeJS.WriteStream }));
}
