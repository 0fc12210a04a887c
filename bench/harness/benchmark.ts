import type { Measured } from './measure.ts';

/** What a benchmark is given. */
export interface Setting {
  /** Small and short: shows that it works, says nothing about speed. */
  readonly quick: boolean;
  /** How much log data, where one was asked for. */
  readonly sizeMib?: number;
  /** A directory of its own, on the disk that everything is measured on; deleted afterwards. */
  readonly dir: string;
  /** Told while it runs. */
  readonly say: (text: string) => void;
  /** Undone when the benchmark ends, however it ends; last first. */
  readonly defer: (undo: () => Promise<unknown>) => void;
}

/** One comparison, a line of the table. */
export interface Line {
  readonly what: string;
  readonly ours: Measured;
  readonly peer?: { readonly name: string; readonly measured: Measured };
  /** Ours over the peer's, or the other way round where more is better: above 1 always means what the goal asks. */
  readonly ratio?: number;
  readonly goal?: { readonly says: string; readonly met: boolean };
}

export interface Outcome {
  readonly lines: readonly Line[];
  /** Peers that are not on this machine, and how to get them. */
  readonly missing?: readonly string[];
  readonly notes?: readonly string[];
}

export interface Benchmark {
  readonly name: string;
  run(setting: Setting): Promise<Outcome>;
}
