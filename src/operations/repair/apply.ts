import {
  type CopyRepair,
  type RepairPlan,
  repairStepSchema,
  type SegmentRepair,
} from '../../codec/plans/repair.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import { DrError, isPortError, PortError } from '../../core/errors.ts';
import type { Generation } from '../../core/generation.ts';
import type { LogId } from '../../core/ids.ts';
import type { Journal } from '../../runs/journal.ts';
import { describeReplies } from '../../virtuallog/askAll.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import { lookAt } from '../assess/look.ts';
import type { Cluster } from '../cluster.ts';
import { closeStep, copyStep } from './actions.ts';
import { copyEntries } from './copyEntries.ts';
import { planRepair } from './plan.ts';

export interface RepairApply {
  readonly cluster: Cluster;
  readonly plan: RepairPlan;
  readonly journal: Journal;
}

export interface Repaired {
  readonly added: number;
  readonly healed: number;
  /** Steps that could not be done now, and why; the others were. */
  readonly failed: readonly { readonly step: string; readonly message: string }[];
  /** Of a look afterwards: what is still less than whole. */
  readonly left: RepairPlan['left'];
  /** Whether another repair would find work that this one did not do. */
  readonly again: boolean;
}

/**
 *   check   the register must still say of every segment what was planned on; an end that moved is never repaired to.
 *   close   first: it seals a store that slept through the end, and fixes above what nothing may be added.
 *   copy    chunk by chunk, under the register's generation: a later recovery's fence stops it at once.
 *
 * A member that falls silent costs its own copy only. Killed anywhere and run again it ends the same: stores compare
 * what they have already.
 */
export async function applyRepair(input: RepairApply): Promise<Repaired> {
  const { cluster, plan } = input;
  const done: { added: number; healed: number }[] = [];
  const failed: { step: string; message: string }[] = [];
  for (const log of plan.logs) {
    const chain = await currentChain(cluster, log);
    for (const segment of log.segments) {
      await attempt(failed, closeStep(log.logId, segment), () => closeCopies(input, chain, segment));
      for (const copy of segment.copies) {
        const step = copyStep(log.logId, segment, copy);
        const result = await attempt(failed, step, () => repairCopy(input, { chain, segment, copy, step }));
        if (result !== undefined) done.push(result);
      }
    }
  }
  const after = planRepair({ cluster: plan.cluster, look: await lookAt(cluster) });
  return {
    added: done.reduce((sum, one) => sum + one.added, 0),
    healed: done.reduce((sum, one) => sum + one.healed, 0),
    failed,
    left: after.left,
    again: after.decision !== 'nothing to do',
  };
}

/** A server's failure is part of the result; anything else ends the run. */
async function attempt<T>(
  failed: { step: string; message: string }[],
  step: string,
  run: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!isPortError(error)) throw error;
    failed.push({ step, message: error.message });
    return undefined;
  }
}

async function currentChain({ metaStore }: Cluster, log: RepairPlan['logs'][number]): Promise<Chain> {
  const chain = await metaStore.get(log.logId);
  const isSame = log.segments.every((planned) => {
    const found = chain && segmentIn(chain, planned);
    return found?.end === planned.end;
  });
  if (chain !== undefined && isSame) return chain;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `The register of log ${log.logId} does not hold the segments that this repair was planned on. Copies that were completed before stay complete; nothing else was changed.`,
    context: { logId: log.logId },
  });
}

function segmentIn(chain: Chain, { logletId }: SegmentRepair): Segment | undefined {
  return chain.segments.find((segment) => segment.logletId === logletId);
}

async function closeCopies(
  { cluster, journal }: RepairApply,
  chain: Chain,
  segment: SegmentRepair,
): Promise<void> {
  const { close } = segment;
  const inChain = segmentIn(chain, segment);
  if (close === undefined || inChain === undefined) return;
  await journal.step(closeStep(chain.logId, segment), async () => {
    const survey = await logletOf(inChain, cluster.logServers).close(chain.generation, close.record);
    const refused = survey.replies.filter(
      (reply) => reply.said !== 'yes' && close.servers.includes(reply.serverId),
    );
    if (refused.length > 0)
      throw new PortError('unavailable', { subject: 'close', message: describeReplies(refused) });
  });
}

function repairCopy(
  { cluster, journal }: RepairApply,
  work: {
    readonly chain: Chain;
    readonly segment: SegmentRepair;
    readonly copy: CopyRepair;
    readonly step: string;
  },
): Promise<{ added: number; healed: number }> {
  const { chain, segment, copy, step } = work;
  return journal.step(
    step,
    async () => {
      const stage = cluster.reporter.stage(step);
      try {
        const result = await fill(cluster, chain.generation, { segment, copy, logId: chain.logId });
        stage.done(`${result.added} added, ${result.healed} healed`);
        return result;
      } catch (error) {
        stage.failed(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
    (stored) => repairStepSchema.parse(stored),
  );
}

async function fill(
  { logServers }: Cluster,
  generation: Generation,
  { segment, copy }: { readonly logId: LogId; readonly segment: SegmentRepair; readonly copy: CopyRepair },
): Promise<{ added: number; healed: number }> {
  const { missing, damaged, sources, server: target } = copy;
  const task = { generation, logletId: segment.logletId, target, sources };
  for (const position of damaged) await copyEntries(logServers, task, { from: position, to: position + 1n });
  if (missing !== undefined) await copyEntries(logServers, task, missing);
  return { added: missing === undefined ? 0 : Number(missing.to - missing.from), healed: damaged.length };
}
