import { type FencePlan, serversStepSchema } from '../../codec/plans/fence.ts';
import { DrError } from '../../core/errors.ts';
import { describeGeneration } from '../../core/generation.ts';
import type { ServerId } from '../../core/ids.ts';
import type { Journal } from '../../runs/journal.ts';
import { agreed, askAll, describeReplies } from '../../virtuallog/askAll.ts';
import { stopIfFenced } from '../../virtuallog/loglets/fence.ts';
import type { Cluster } from '../cluster.ts';
import { observe } from '../observe/observe.ts';
import { planFence } from './plan.ts';

export interface FenceInput {
  readonly cluster: Cluster;
  readonly plan: FencePlan;
  readonly journal: Journal;
}

export interface FenceResult {
  readonly fenced: readonly ServerId[];
  /** Servers on which something was sealed and set aside. */
  readonly sealedOn: readonly ServerId[];
}

/**
 * Fences what returned, then sets aside what it alone knows. First the fence: from then on the old control plane
 * changes nothing there, so what is looked at again behind it stays as it is.
 */
export async function applyFence(input: FenceInput): Promise<FenceResult> {
  const { cluster, plan, journal } = input;
  const decode = (stored: unknown): ServerId[] => serversStepSchema.parse(stored);
  const behind = plan.servers.filter((server) => server.state === 'behind').map((server) => server.id);
  const fenced =
    behind.length === 0 ? [] : await journal.step('fence', () => adopt(cluster, plan, behind), decode);
  const sealedOn = await journal.step('set aside', () => setAside(cluster, plan), decode);
  return { fenced, sealedOn };
}

async function adopt(cluster: Cluster, plan: FencePlan, behind: readonly ServerId[]): Promise<ServerId[]> {
  const replies = await askAll(cluster.logServers, behind, (server) => server.adopt(plan.generation));
  const refused = replies.filter((reply) => reply.said === 'no' && reply.refusal.code === 'staleGeneration');
  if (refused.length > 0)
    throw new DrError('E_STALE_GENERATION', {
      message: `${describeReplies(refused)}: they stand higher than generation ${describeGeneration(plan.generation)} by now. No loglet was changed.`,
    });
  const complaints = describeReplies(replies);
  if (complaints !== '')
    cluster.reporter.warn(`Not fenced: ${complaints}. Run the command again when they return.`);
  return [...agreed(replies)].sort();
}

/** Decided again behind the fence: what was outside the chain then may have been settled since. */
async function setAside(cluster: Cluster, plan: FencePlan): Promise<ServerId[]> {
  const now = planFence({ observation: await observe(cluster), clusterName: plan.cluster.name });
  const sealedOn = new Set<ServerId>();
  for (const { logletId, open } of now.quarantine) {
    const replies = await askAll(cluster.logServers, open, async (server) => {
      const [one] = await server.seal(plan.generation, [logletId]);
      return one?.answer ?? { ok: false, refusal: { code: 'notProvisioned', logletId } };
    });
    stopIfFenced(plan.generation, replies);
    for (const id of agreed(replies)) sealedOn.add(id);
  }
  return [...sealedOn].sort();
}
