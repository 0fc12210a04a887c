import type { AnyPlan } from '../codec/plans/planFile.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Sight } from './sight.ts';

/** What a command came to: its exit code, and what it printed for a person. */
export interface Outcome {
  readonly exit: number;
  readonly text: string;
  /** The run that applied it; absent for a command that plans nothing, and where nothing had to be done. */
  readonly runId?: string;
}

export interface Planned {
  readonly plan: AnyPlan;
  /** Where it is kept: `vlog-dr apply FILE` carries it out. */
  readonly file: string;
  readonly text: string;
}

/** Asks before a plan is applied, and answers whether it was consented to. */
export type Confirm = (question: { message: string; word: string }) => Promise<boolean>;

/**
 * What the engine works with: the commands of the tool, and nothing else. A playbook can do what a person at the
 * command line can, with the same consents. A command is what is typed after `vlog-dr`, word by word.
 */
export interface Hands {
  readonly prompter: Prompter;
  /** Text for the person, whole lines. */
  say(text: string): void;
  /** A look at the cluster, now. */
  look(): Promise<Sight>;
  fileExists(path: string): Promise<boolean>;
  /** Waits a little before the next look, or until interrupted: then it throws. */
  pause(): Promise<void>;
  /** Whether the command makes a plan that has to be applied. */
  plans(command: readonly string[]): boolean;
  /** The line to type by hand, with the flags that this cluster was chosen with. */
  commandLine(command: readonly string[]): string;
  /** Runs a command that makes no plan. Its output is shown as it would be. */
  run(command: readonly string[]): Promise<Outcome>;
  /** Makes a plan and keeps it in a file. Changes nothing. */
  plan(command: readonly string[]): Promise<Planned>;
  /** A plan that was kept in a file; `undefined` where it is not there any more, or not as it was written. */
  kept(file: string): Promise<Planned | undefined>;
  /** `vlog-dr apply FILE`: shows the plan, asks by `confirm`, applies it in a run of its own. */
  apply(file: string, confirm: Confirm): Promise<Outcome>;
  /** The run that was begun for a plan, if there was one. */
  runOf(planId: string): Promise<{ readonly runId: string; readonly isDone: boolean } | undefined>;
  /** `vlog-dr runs resume ID` */
  resume(runId: string): Promise<Outcome>;
}
