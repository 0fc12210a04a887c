import type { AnyConfig, Config, ForeignConfig, RepositoryConfig } from '../config/config.ts';
import type { ExitCode } from '../core/errorCatalogue.ts';
import type { ClockReading } from '../operations/doctor/clocks.ts';
import type { Metric } from '../operations/follow/metrics.ts';
import type { Clock } from '../ports/Clock.ts';
import type { ForeignCluster } from '../ports/ForeignCluster.ts';
import type { InventoryItem, LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { MetaStoreAdmin, RegisterStoreAdmin } from '../ports/MetaStoreAdmin.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Random } from '../ports/Random.ts';
import type { RegisterKeep } from '../ports/RegisterKeep.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { Repository } from '../ports/Repository.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Connection, ForeignConnection } from './connection.ts';
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
  /** A step of a playbook: what comes next, also after a failure, is said by the playbook. */
  readonly isLed?: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** Aborted on the first interrupt. */
  readonly signal: AbortSignal;
  readonly stdin: { readonly isTerminal: boolean; readonly chunks: AsyncIterable<Uint8Array> };
  /** Throws `E_USAGE` for a cluster of another engine. */
  config(): Promise<Config>;
  anyConfig(): Promise<AnyConfig>;
  /** `create`: the command makes things, so a repository that nobody has used yet is given an identity. */
  connect(request?: { readonly create: boolean }): Promise<Connection>;
  /** As `connect`, with this file whatever the command line says: for clusters that the tool made itself. */
  connectTo(configFile: string, request?: { readonly create: boolean }): Promise<Connection>;
  /** Whether the configuration describes a cluster of another engine. Connects to nothing. */
  isForeign(): Promise<boolean>;
  connectForeign(request?: { readonly create: boolean }): Promise<ForeignConnection>;
  connectForeignTo(configFile: string, request?: { readonly create: boolean }): Promise<ForeignConnection>;
  /** A cluster of another engine by one address alone, before there is a configuration. */
  openForeign(address: string): Promise<ForeignCluster>;
  runs(config: Pick<Config, 'stateDir'>): RunStore;
  /** Runs of playbooks: beside those of commands, which they hold the lock of while they apply. */
  playbookRuns(config: Pick<Config, 'stateDir'>): RunStore;
  /** The directory of the playbooks that come with the program. */
  readonly shippedPlaybooks: string;
  /** The app of a command that is run within this one. `cleanUp` undoes what it opened; also done when this one ends. */
  within(
    values: Readonly<Record<string, unknown>>,
    difference: Partial<App>,
  ): Promise<{ readonly app: App; cleanUp(): Promise<void> }>;
  exists(path: string): Promise<boolean>;
  /** Where a run keeps registers of another engine. */
  registerKeep(config: ForeignConfig): RegisterKeep;
  /** A LogServer by its address alone, before there is a configuration. */
  openLogServer(url: string): Promise<LogServer>;
  /** A repository by its address alone, before there is a configuration. Never makes one. */
  openRepository(request: RepositoryConfig): Promise<Repository>;
  /** How far the clocks of all that the configuration names are ahead of ours; those that say nothing are left out. */
  clocks(config: Config): Promise<readonly ClockReading[]>;
  /** Throws `E_DISK` unless a file could be made in this directory now. */
  proveWritable(directory: string): Promise<void>;
  /** Another MetaStore than the configured one: an address, or a directory. */
  openMetaStore(url: string, config: Config): Promise<MetaStore>;
  /** The members of the configured MetaStore as processes with data directories. */
  openMetaStoreAdmin(config: Config): Promise<MetaStoreAdmin>;
  /** The same of the etcd that another engine keeps its registers in; `undefined` where they are in its own nodes. */
  openRegisterStoreAdmin(config: ForeignConfig): Promise<RegisterStoreAdmin | undefined>;
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
