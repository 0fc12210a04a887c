import { DrError, PortError } from '../../core/errors.ts';
import type { Generation } from '../../core/generation.ts';
import type { LogletId, Position, ServerId } from '../../core/ids.ts';
import type { LogServer, Refusal } from '../../ports/LogServer.ts';
import { askAll } from '../../virtuallog/askAll.ts';
import { readCopy } from '../../virtuallog/loglets/copies.ts';
import { stopIfFenced } from '../../virtuallog/loglets/fence.ts';

export interface CopyTask {
  readonly generation: Generation;
  readonly logletId: LogletId;
  readonly target: ServerId;
  readonly sources: readonly ServerId[];
}

/**
 * Copies [from, to) to a sealed copy, a chunk in memory at a time. Idempotent: what the target has already is compared,
 * not written. What a position holds is the same on every copy of a loglet: one sequencer gave it once.
 */
export async function copyEntries(
  servers: ReadonlyMap<ServerId, LogServer>,
  task: CopyTask,
  { from, to }: { readonly from: Position; readonly to: Position },
): Promise<void> {
  const sources = { servers, serverIds: task.sources, logletId: task.logletId };
  let next = from;
  while (next < to) {
    const chunk = await readCopy(sources, { from: next, to, determined: true });
    if (chunk.read === 'none')
      throw new PortError('unavailable', {
        subject: `repair of ${task.logletId}`,
        message: `none of ${task.sources.join(', ')} gives position ${next} any more`,
      });
    const replies = await askAll(servers, [task.target], (server) =>
      server.repair(task.generation, task.logletId, chunk.entries),
    );
    stopIfFenced(task.generation, replies);
    const [reply] = replies;
    if (reply?.said === 'no') throw refused(task, reply.refusal);
    if (reply?.said !== 'yes')
      throw new PortError('unavailable', {
        subject: `repair of ${task.logletId}`,
        message: `${task.target} does not answer`,
        ...(reply?.error && { cause: reply.error }),
      });
    next += BigInt(chunk.entries.length);
  }
}

function refused({ logletId, target }: CopyTask, refusal: Refusal): Error {
  if (refusal.code === 'conflict')
    return new DrError('E_CONTRADICTION', {
      message: `${target} holds another entry at position ${refusal.position} of loglet ${logletId} than its other copies. It was not overwritten.`,
      hint: '`vlog-dr verify` shows where copies differ.',
      context: { logletId, server: target, position: String(refusal.position) },
    });
  return new PortError('conflict', {
    subject: `repair of ${logletId}`,
    message: `${target} refuses (${refusal.code})`,
  });
}
