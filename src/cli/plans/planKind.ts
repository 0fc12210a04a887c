import type { AnyPlan } from '../../codec/plans/planFile.ts';
import type { ExitCode } from '../../core/errorCatalogue.ts';
import type { Cluster } from '../../operations/cluster.ts';
import type { ExtraEvidence } from '../../operations/observe/observe.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Journal } from '../../runs/journal.ts';
import type { Output } from '../app.ts';

/** What an apply works on. `into` and `extra` are those that the plan was made with. */
export interface PlanParts {
  readonly cluster: Cluster;
  readonly into: MetaStore;
  readonly extra: ExtraEvidence;
  readonly journal: Journal;
}

/** What an apply came to, for `--json` and for people. */
export interface Applied {
  readonly results: object;
  readonly text: string;
  readonly exit: ExitCode;
}

/** What a kind of plan knows of itself; one for each command that makes plans. */
export interface PlanKind<P extends AnyPlan> {
  text(plan: P, out: Output): string;
  /** How the command ends when nothing is applied. */
  exitOf(plan: P): ExitCode;
  hasWork(plan: P): boolean;
  /** Throws when the plan says itself that it may not be applied. Nothing has been changed then. */
  refuseUnlessApplicable(plan: P): void;
  apply(plan: P, parts: PlanParts): Promise<Applied>;
}
