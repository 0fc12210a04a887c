import {
  type ReconfiguredStep,
  type ReconfigurePlan,
  reconfiguredStepSchema,
} from '../../codec/plans/reconfigure.ts';
import { type Chain, lastSegment } from '../../core/chain.ts';
import { sameDurability } from '../../core/durability.ts';
import { DrError } from '../../core/errors.ts';
import type { LogletId } from '../../core/ids.ts';
import type { Journal } from '../../runs/journal.ts';
import { reconfigure } from '../../virtuallog/reconfigure/reconfigure.ts';
import type { Cluster } from '../cluster.ts';
import { registerOf } from '../register.ts';
import { logContext } from '../virtualLog.ts';
import { rulesFor } from './look.ts';

export interface ReconfigureInput {
  readonly cluster: Cluster;
  readonly plan: ReconfigurePlan;
  readonly journal: Journal;
}

export interface ReconfigureResult extends ReconfiguredStep {
  /** Whether the chain's last loglet is what was asked for: another client may have been quicker. */
  readonly asWished: boolean;
}

/**
 * Carries out a reconfiguration. The steps inside (`virtuallog/reconfigure`) are completed by whoever comes next, so
 * a run that was killed finds its own loglet installed, or another client's, and finishes that.
 */
export async function applyReconfigure({
  cluster,
  plan,
  journal,
}: ReconfigureInput): Promise<ReconfigureResult> {
  const { logId, wish } = plan;
  await journal.step('check the plan', () => mustBeLast(cluster, plan));
  let suspect: LogletId = plan.last.logletId;
  if (plan.prepare && wish.durability !== undefined) {
    const policy = { ...cluster.policy, nextRules: rulesFor(cluster, wish.durability) };
    const prepared = await journal.step(
      'prepare',
      () => run({ ...cluster, policy }, plan, { suspect }),
      decode,
    );
    suspect = prepared.logletId;
  }
  const nextRules =
    wish.durability === undefined ? cluster.policy.nextRules : rulesFor(cluster, wish.durability);
  const policy = { ...cluster.policy, nextRules };
  const done = await journal.step(
    'reconfigure',
    () => run({ ...cluster, policy }, plan, { ...wish, suspect }),
    decode,
  );
  // Read back: what stands in the register, not what we believe to have put there.
  const now = stepOf('installed', await registerOf(cluster, logId));
  const result = now.logletId === done.logletId ? done : { ...now, outcome: 'superseded' as const };
  return { ...result, asWished: fulfils(result, plan) };
}

const decode = (stored: unknown): ReconfiguredStep => reconfiguredStepSchema.parse(stored);

async function mustBeLast(cluster: Cluster, plan: ReconfigurePlan): Promise<void> {
  const chain = await registerOf(cluster, plan.logId);
  const last = lastSegment(chain);
  if (last.logletId === plan.last.logletId) return;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `Loglet ${plan.last.logletId} was the last of log ${plan.logId} when this was planned; now it is ${last.logletId}, in version ${chain.version}. Nothing was changed.`,
  });
}

async function run(
  cluster: Cluster,
  plan: ReconfigurePlan,
  request: Parameters<typeof reconfigure>[1],
): Promise<ReconfiguredStep> {
  const { outcome, chain } = await reconfigure(logContext(cluster, plan.logId), request);
  return stepOf(outcome, chain);
}

function stepOf(outcome: ReconfiguredStep['outcome'], chain: Chain): ReconfiguredStep {
  const { logletId, start, nodeset, durability } = lastSegment(chain);
  const { version, segments } = chain;
  return { outcome, version, segments: segments.length, logletId, start, nodeset, durability };
}

function fulfils(now: ReconfiguredStep, { wish, last }: ReconfigurePlan): boolean {
  const members = now.nodeset.map((member) => member.serverId);
  const { servers, exclude = [], durability, nodesetSize } = wish;
  return (
    now.logletId !== last.logletId &&
    (servers === undefined || [...servers].sort().join() === [...members].sort().join()) &&
    !exclude.some((id) => members.includes(id)) &&
    (durability === undefined || sameDurability(durability, now.durability)) &&
    (nodesetSize === undefined || servers !== undefined || members.length === nodesetSize)
  );
}
