import type { JournalRecord, RunHead } from '../codec/journal.ts';
import type { Journal } from './journal.ts';

/** One run as `runs list` tells it. */
export interface RunSummary {
  readonly runId: string;
  readonly command: string;
  readonly startedAt: number;
  readonly state: 'running' | 'done' | 'failed' | 'interrupted' | 'killed' | 'unreadable';
  /** Finished and begun steps. */
  readonly stepsDone: number;
  readonly stepsBegun: number;
}

/** A run that holds the cluster's lock on this machine. */
export interface OpenRun {
  readonly runId: string;
  readonly journal: Journal;
  /** Writes the end down and gives the lock back. */
  finish(outcome: 'done' | 'failed' | 'interrupted'): Promise<void>;
}

/**
 * The runs of one cluster on this machine. Only one at a time applies: `open` and `resume` take the lock and throw
 * `E_LOCKED` when a living process holds it; the lock of a dead one is taken over.
 */
export interface RunStore {
  /** Stores the plan, then the head, durably, before anything is applied. */
  open(run: Pick<RunHead, 'command' | 'cluster' | 'consent'>, planJson: string): Promise<OpenRun>;
  resume(runId: string): Promise<OpenRun & { readonly planJson: string; readonly head: RunHead }>;
  list(): Promise<RunSummary[]>;
  /** Throws `E_BAD_JOURNAL` when more than the last line is damaged. */
  show(runId: string): Promise<{
    readonly head: RunHead;
    readonly planJson: string;
    readonly records: readonly JournalRecord[];
    readonly summary: RunSummary;
  }>;
}
