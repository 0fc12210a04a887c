import type { LogPlan } from '../../codec/plan.ts';
import { lastSegment } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { Position, ServerId } from '../../core/ids.ts';
import type { LogletState } from '../../core/logletState.ts';
import { inferTail, tailAnswer } from '../../core/tail.ts';
import { askAll } from '../../virtuallog/askAll.ts';
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
 * Seals what is not part of the chain, and makes true what was concluded of it: a loglet that was called an orphan
 * must turn out unactivated and empty wherever it is sealed, unless something else rules it out.
 */
export async function setAside({ cluster, plan }: ApplyInput, log: LogPlan): Promise<void> {
  for (const orphan of log.orphans) {
    const replies = await askAll(cluster.logServers, orphan.servers, async (server) => {
      const [one] = await server.seal(plan.generation, [orphan.logletId]);
      return one?.answer ?? { ok: false, refusal: { code: 'notProvisioned', logletId: orphan.logletId } };
    });
    const alive = replies.find((reply) => reply.said === 'yes' && tookAppends(reply.value));
    if (alive !== undefined && orphan.because === 'never activated')
      throw new DrError('E_PLAN_OUT_OF_DATE', {
        message: `Loglet ${orphan.logletId} was planned as never activated and turned out active on ${alive.serverId}. It is sealed there; no register was changed.`,
      });
  }
}

function tookAppends(state: LogletState): boolean {
  return state.activatedAt !== undefined || state.localTail > state.descriptor.start;
}
