import { DrError } from '../../core/errors.ts';
import {
  compareGenerations,
  describeGeneration,
  type Generation,
  greatestGeneration,
} from '../../core/generation.ts';
import type { ClusterId } from '../../core/ids.ts';
import type { ServerStatus } from '../../core/logletState.ts';
import { askAll, describeReplies } from '../askAll.ts';
import type { LogContext } from '../context.ts';
import type { Candidate } from '../nodeset.ts';

export interface LiveServers {
  readonly candidates: readonly Candidate[];
  /** The greatest under which one of them stands. */
  readonly generation: Generation | undefined;
  /** Every store of this cluster that answered: proof that it is as old as what is provisioned now. */
  readonly stores: readonly Pick<ServerStatus, 'serverId' | 'storeId'>[];
  /** Who did not answer; empty when all did. */
  readonly complaints: string;
}

/** Asks every configured server who it is. */
export async function surveyServers(
  ctx: Pick<LogContext, 'logServers'>,
  clusterId: ClusterId,
): Promise<LiveServers> {
  const replies = await askAll(ctx.logServers, ctx.logServers.keys(), async (server) => ({
    ok: true,
    value: await server.status(),
  }));
  const own = replies
    .flatMap((reply) => (reply.said === 'yes' ? [reply.value] : []))
    .filter((status) => status.clusterId === clusterId)
    .sort((a, b) => (a.serverId < b.serverId ? -1 : 1));
  const said = describeReplies(replies);
  return {
    generation: greatestGeneration(own.flatMap((status) => status.generation ?? [])),
    // A store without a generation has forgotten the fence: only an operator's `admit` lets it take part.
    candidates: own.filter((status) => status.generation !== undefined && !status.retired),
    stores: own.map(({ serverId, storeId }) => ({ serverId, storeId })),
    complaints: said,
  };
}

/** A server under a later generation: a recovery holds the cluster, and this client must not place anything. */
export function stopIfLater(live: LiveServers, generation: Generation): void {
  const held = live.generation;
  if (held === undefined || compareGenerations(held, generation) <= 0) return;
  throw new DrError('E_STALE_GENERATION', {
    message: `A server stands under generation ${describeGeneration(held)}, this chain under ${describeGeneration(generation)}: a recovery holds the cluster. Nothing was changed.`,
    context: { held, generation },
  });
}

/** ` (s1 does not answer)`, or nothing. */
export function inBrackets(complaints: string): string {
  return complaints === '' ? '' : ` (${complaints})`;
}
