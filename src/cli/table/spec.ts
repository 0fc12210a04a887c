import type { CommandModule } from '../app.ts';

/** One command: what `--help` needs to know, and where the rest is. Nothing here loads what a command uses. */
export interface CommandSpec {
  /** As typed: `backups list`. */
  readonly path: string;
  /** As commander writes them: `<LOG>`, `[ID]`, `<ID...>`. */
  readonly args?: string;
  readonly summary: string;
  /** flags, description, and `repeat` for an option that may be given several times. */
  readonly options?: readonly (readonly [flags: string, text: string, repeat?: 'repeat'])[];
  /** It ends by itself when interrupted, in its own order: main only tells it. */
  readonly endsItself?: true;
  readonly load: () => Promise<CommandModule>;
  /** What does the same for a cluster of another engine, where the configuration describes one. */
  readonly foreign?: () => Promise<CommandModule>;
}
