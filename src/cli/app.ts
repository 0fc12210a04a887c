import type { Config } from '../config/config.ts';
import type { ExitCode } from '../core/errorCatalogue.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { RunStore } from '../runs/runStore.ts';
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
  runs(config: Config): RunStore;
  readText(file: string): Promise<string>;
  /** Creates the file; never overwrites one. */
  writeNewText(file: string, text: string): Promise<void>;
  /** Done when the command ends, however it ends; last registered first. */
  defer(cleanUp: () => Promise<void>): void;
}

/** What a command file exports. */
export interface CommandModule {
  run(app: App, args: readonly string[], options: Options): Promise<ExitCode>;
}
