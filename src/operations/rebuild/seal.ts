import type { LogPlan } from '../../codec/plan.ts';
import { lastSegment } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { Position, ServerId } from '../../core/ids.ts';
import type { LogletState } from '../../core/logletState.ts';
import { isSealQuorum, quorumSystem } from '../../core/quorum.ts';
import { inferTail, tailAnswer } from '../../core/tail.ts';
import { askAll, describeReplies, type Reply } from '../../virtuallog/askAll.ts';
import { stopIfFenced } from '../../virtuallog/loglets/fence.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import type { ApplyInput } from './input.ts';

/** Seals the last loglet on everybody who answers, infers its tail from the sealed copies, and completes it on them. */
export async function sealTip(
  { cluster, plan }: ApplyInput,
  log: LogPlan,
): Promise<{ tail: Position; sealedOn: ServerId[] }> {
  if (log.chain === undefined) throw new Error(`log ${log.logId} has no chain to seal`);
  const segment = lastSegment(log.chain);
  const loglet = logletOf(segment, cluster.logServers);
  const { copies } = await loglet.seal(plan.generation);
  const sealedOn = copies.map((copy) => copy.serverId);
  if (segment.loss !== undefined) {
    await loglet.repair(plan.generation, copies, segment.loss.from);
    return { tail: segment.loss.from, sealedOn };
  }
  const answers = copies.map(({ serverId, state }) => tailAnswer(serverId, state));
  const inferred = inferTail(segment, answers);
  if (inferred.kind === 'unsealable') throw noLongerSealable(log, sealedOn);
  if (inferred.contradiction !== undefined) throw lossProven(log, inferred.contradiction);
  await loglet.repair(plan.generation, copies, inferred.tail);
  return { tail: inferred.tail, sealedOn };
}

function noLongerSealable(log: LogPlan, sealedOn: readonly ServerId[]): DrError {
  return new DrError('E_PLAN_OUT_OF_DATE', {
    message: `Log ${log.logId} was sealable when it was planned; now only ${sealedOn.join(', ') || 'nobody'} answered. It is sealed there; no register was changed.`,
    hint: 'Bring the others back and resume, or plan again.',
  });
}

function lossProven(log: LogPlan, gap: { from: Position; to: Position; said: ServerId }): DrError {
  return new DrError('E_CONTRADICTION', {
    message: `${gap.said} knows of acknowledged entries of log ${log.logId} up to ${gap.to}; the survivors hold them only up to ${gap.from}. The last loglet is sealed; no register was changed.`,
  });
}

/**
 * Seals what is not part of the chain, and makes true what was concluded of it: a loglet that was called never
 * activated must turn out unactivated and empty, and be sealed on a seal quorum, before a register leaves it out. Else
 * a recovery that overtakes this one may activate it, and what this one then wrote would hide what it acknowledges.
 */
export async function setAside({ cluster, plan }: ApplyInput, log: LogPlan): Promise<void> {
  for (const orphan of log.orphans) {
    const replies = await askAll(cluster.logServers, orphan.servers, async (server) => {
      const [one] = await server.seal(plan.generation, [orphan.logletId]);
      return one?.answer ?? { ok: false, refusal: { code: 'notProvisioned', logletId: orphan.logletId } };
    });
    stopIfFenced(plan.generation, replies);
    if (orphan.because !== 'never activated') continue;
    const alive = replies.find((reply) => reply.said === 'yes' && tookAppends(reply.value));
    if (alive !== undefined)
      throw new DrError('E_PLAN_OUT_OF_DATE', {
        message: `Loglet ${orphan.logletId} was planned as never activated and turned out active on ${alive.serverId}. It is sealed there; no register was changed.`,
      });
    if (!isSetAside(replies))
      throw new DrError('E_PLAN_OUT_OF_DATE', {
        message: `Loglet ${orphan.logletId} is to be left out, and could not be sealed for good: ${describeReplies(replies)}. It is sealed on the others; no register was changed.`,
        hint: 'Bring them back and resume, or plan again.',
      });
  }
}

/** A server that dropped its copy cannot activate it any more. */
function isSetAside(replies: readonly Reply<LogletState>[]): boolean {
  const out = replies.filter(
    (reply) => reply.said === 'yes' || (reply.said === 'no' && reply.refusal.code === 'notProvisioned'),
  );
  const sealed = out.flatMap((reply) => (reply.said === 'yes' ? [reply.value.descriptor] : []));
  const [descriptor] = sealed;
  if (descriptor === undefined) return out.length === replies.length;
  const system = quorumSystem(descriptor.durability, descriptor.nodeset);
  return isSealQuorum(system, new Set(out.map(({ serverId }) => serverId)));
}

function tookAppends(state: LogletState): boolean {
  return state.activatedAt !== undefined || state.localTail > state.descriptor.start;
}
