import type { Config, RepositoryConfig } from '../config/config.ts';
import type { ExitCode } from '../core/errorCatalogue.ts';
import type { ServerId } from '../core/ids.ts';
import type { Metric } from '../operations/follow/metrics.ts';
import type { Clock } from '../ports/Clock.ts';
import type { InventoryItem, LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { MetaStoreAdmin } from '../ports/MetaStoreAdmin.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { Repository } from '../ports/Repository.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Connection } from './connection.ts';
import type { Options } from './options.ts';

/** Flags that every command takes. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly yes: boolean;
  readonly verbose: boolean;
}

/** Where a command's result goes: stdout, and nothing else goes there. */
export interface Output {
  /** The result of a command: one JSON document with `--json`, else the text. */
  result(value: object, text: () => string): void;
  /** One of many, for commands that follow: one JSON document per line, or one line of text. */
  line(value: object, text: string): void;
  /** Bytes as they are; only for commands whose result is data. Resolves when the reader has taken them. */
  bytes(chunk: Uint8Array | string): Promise<void>;
  /** Columns of text, as wide as the terminal. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): string;
}

/** A server started in this process, until it is stopped. */
export interface RunningServer {
  readonly url: string;
  /** What else to say about it once it listens. */
  readonly facts: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface LogServerLaunch {
  readonly dataDir: string;
  readonly serverId: string;
  readonly clusterId: string;
  readonly location: string;
  readonly format: boolean;
  readonly host: string;
  readonly port: number;
  readonly peersFile?: string;
  readonly tokensFile?: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly caFile?: string;
}

export interface MetaStoreLaunch {
  readonly dir: string;
  /** The only cluster whose chains it takes; that of the first chain when absent. */
  readonly clusterId?: string;
  readonly host: string;
  readonly port: number;
  readonly tokensFile?: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

export interface MetricsLaunch {
  readonly host: string;
  readonly port: number;
  readonly metrics: () => readonly Metric[];
  readonly isHealthy: () => boolean;
}

/** What a command is given; built in `main`, so that commands import no driver. */
export interface App {
  readonly flags: GlobalFlags;
  readonly out: Output;
  readonly reporter: Reporter;
  readonly prompter: Prompter;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** Aborted on the first interrupt. */
  readonly signal: AbortSignal;
  readonly stdin: { readonly isTerminal: boolean; readonly chunks: AsyncIterable<Uint8Array> };
  config(): Promise<Config>;
  /** `create`: the command makes things, so a repository that nobody has used yet is given an identity. */
  connect(request?: { readonly create: boolean }): Promise<Connection>;
  /** As `connect`, with this file whatever the command line says: for clusters that the tool made itself. */
  connectTo(configFile: string, request?: { readonly create: boolean }): Promise<Connection>;
  runs(config: Config): RunStore;
  /** A LogServer by its address alone, before there is a configuration. */
  openLogServer(url: string): Promise<LogServer>;
  /** A repository by its address alone, before there is a configuration. Never makes one. */
  openRepository(request: RepositoryConfig): Promise<Repository>;
  /** How far a configured server's clock is ahead of ours, in milliseconds; `undefined` when it does not say. */
  readonly skewOf: (serverId: ServerId) => Promise<number | undefined>;
  /** Throws `E_DISK` unless a file could be made in this directory now. */
  proveWritable(directory: string): Promise<void>;
  /** Another MetaStore than the configured one: an address, or a directory. */
  openMetaStore(url: string, config: Config): Promise<MetaStore>;
  /** The members of the configured MetaStore as processes with data directories. */
  openMetaStoreAdmin(config: Config): Promise<MetaStoreAdmin>;
  /** What the data directory of a stopped LogServer holds. Writes nothing; refused while a process has it open. */
  inventoryOf(dataDir: string): AsyncIterable<InventoryItem>;
  absolute(path: string): string;
  /** The file itself, or the files of a directory. */
  filesAt(path: string): Promise<string[]>;
  readText(file: string): Promise<string>;
  /** Creates the file; never overwrites one. */
  writeNewText(file: string, text: string): Promise<void>;
  serveLogServer(launch: LogServerLaunch): Promise<RunningServer>;
  serveMetaStore(launch: MetaStoreLaunch): Promise<RunningServer>;
  /** For Prometheus. `metrics` is asked at each scrape. */
  serveMetrics(launch: MetricsLaunch): Promise<RunningServer>;
  /** Tells a dead man's switch that all is well; throws when it did not take it. */
  ping(url: string): Promise<void>;
  /** An empty MetaStore of this machine, deleted when the command ends. */
  openThrowAwayMetaStore(config: Config): Promise<MetaStore>;
  /** Done when the command ends, however it ends; last registered first. */
  defer(cleanUp: () => Promise<void>): void;
}

/** What a command file exports. */
export interface CommandModule {
  run(app: App, args: readonly string[], options: Options): Promise<ExitCode>;
}
