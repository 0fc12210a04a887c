import type { RebuildPlan } from '../../codec/plan.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Journal } from '../../runs/journal.ts';
import type { Cluster } from '../cluster.ts';
import type { ExtraEvidence } from '../observe/observe.ts';

/** What an apply is given. */
export interface ApplyInput {
  readonly cluster: Cluster;
  /** The MetaStore that receives the chains. */
  readonly into: MetaStore;
  readonly plan: RebuildPlan;
  /** The same extra evidence that the plan was made from. */
  readonly extra: ExtraEvidence;
  readonly journal: Journal;
}
