import { DrError } from '../../core/errors.ts';
import { describeGeneration, type Generation } from '../../core/generation.ts';
import type { Reply } from '../askAll.ts';

/** One server under a later generation is enough: a recovery holds the cluster, and this client must stop. */
export function stopIfFenced(generation: Generation, replies: readonly Reply<unknown>[]): void {
  for (const reply of replies) {
    if (reply.said !== 'no' || reply.refusal.code !== 'staleGeneration') continue;
    throw new DrError('E_STALE_GENERATION', {
      message: `${reply.serverId} stands under generation ${describeGeneration(reply.refusal.held)}, this chain under ${describeGeneration(generation)}. What was not done yet stays undone; no entry was changed.`,
      context: { serverId: reply.serverId, held: reply.refusal.held, generation },
    });
  }
}
