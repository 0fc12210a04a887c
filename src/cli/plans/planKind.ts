import type { EvidenceOptions } from '../../codec/evidenceOptions.ts';
import type { AnyPlan, ForeignPlan } from '../../codec/plans/planFile.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import type { ChainEvidence } from '../../core/evidence.ts';
import type { LogId } from '../../core/ids.ts';
import type { Cluster } from '../../operations/cluster.ts';
import type { ExtraEvidence } from '../../operations/observe/observe.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { MetaStoreAdmin, RegisterStoreAdmin } from '../../ports/MetaStoreAdmin.ts';
import type { RegisterKeep } from '../../ports/RegisterKeep.ts';
import type { Journal } from '../../runs/journal.ts';
import type { Output } from '../app.ts';
import type { ForeignConnection } from '../connection.ts';

/** What an apply works on. `into` and `extra` are those that the plan was made with. */
export interface PlanParts {
  readonly cluster: Cluster;
  readonly into: MetaStore;
  readonly extra: ExtraEvidence;
  readonly journal: Journal;
  /** The members of the MetaStore as processes; opened when asked for. */
  readonly metaStoreAdmin: () => Promise<MetaStoreAdmin>;
  /** What clients of this machine read last of a log. */
  readonly cachedChain: (logId: LogId) => Promise<readonly ChainEvidence[]>;
}

/** What an apply to a cluster of another engine works on. */
export interface ForeignPlanParts {
  readonly connection: ForeignConnection;
  readonly evidence: EvidenceOptions;
  readonly journal: Journal;
  readonly keep: RegisterKeep;
  /** The members of its etcd as processes; opened when asked for. */
  readonly registerStoreAdmin: () => Promise<RegisterStoreAdmin | undefined>;
}

export type PartsOf<P extends AnyPlan> = P extends ForeignPlan ? ForeignPlanParts : PlanParts;

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
  apply(plan: P, parts: PartsOf<P>): Promise<Applied>;
}

/** For plans with a decision of their own: what they need, or what stands in the way, said as an error. */
export function refuseByDecision(
  plan: Extract<AnyPlan, { readonly decision: string }>,
  code: ConstructorParameters<typeof DrError>[0] = 'E_CONSENT_MISSING',
  hintFor = (missing: readonly string[]) =>
    `Remove the cause and plan again, or accept the risk with ${missing.join(' ')}.`,
): void {
  if (plan.decision !== 'refuse') return;
  const missing = plan.needs.filter((flag) => !plan.given.includes(flag));
  throw new DrError(code, {
    message: `${plan.problems.join(' ')} Nothing was changed.`,
    ...(missing.length > 0 && { hint: hintFor(missing) }),
    context: { needs: missing },
  });
}

export function exitByDecision(plan: Extract<AnyPlan, { readonly decision: string }>): ExitCode {
  return plan.decision === 'refuse' ? EXIT.attention : EXIT.done;
}
