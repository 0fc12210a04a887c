import { isPortError, type PortError } from '../core/errors.ts';
import type { ServerId } from '../core/ids.ts';
import type { Answer, LogServer, Refusal } from '../ports/LogServer.ts';

/** What one server said, or why it said nothing. */
export type Reply<T> =
  | { readonly serverId: ServerId; readonly said: 'yes'; readonly value: T }
  | { readonly serverId: ServerId; readonly said: 'no'; readonly refusal: Refusal }
  | { readonly serverId: ServerId; readonly said: 'nothing'; readonly error: PortError | undefined };

/**
 * Asks all at once, so that dead servers cost one time-out together. Only a port's failure is silence; anything
 * else is a bug (or a crash) and is thrown on.
 */
export async function askAll<T>(
  logServers: ReadonlyMap<ServerId, LogServer>,
  serverIds: Iterable<ServerId>,
  ask: (server: LogServer) => Promise<Answer<T>>,
): Promise<Reply<T>[]> {
  return Promise.all([...serverIds].map((serverId) => askOne(logServers.get(serverId), serverId, ask)));
}

async function askOne<T>(
  server: LogServer | undefined,
  serverId: ServerId,
  ask: (server: LogServer) => Promise<Answer<T>>,
): Promise<Reply<T>> {
  if (server === undefined) return { serverId, said: 'nothing', error: undefined };
  try {
    const answer = await ask(server);
    return answer.ok
      ? { serverId, said: 'yes', value: answer.value }
      : { serverId, said: 'no', refusal: answer.refusal };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { serverId, said: 'nothing', error };
  }
}

/** The servers that said yes. */
export function agreed(replies: readonly Reply<unknown>[]): Set<ServerId> {
  return new Set(replies.filter((reply) => reply.said === 'yes').map((reply) => reply.serverId));
}

/** `s1 does not answer, s2 refuses (sealed)`: for messages. Empty when all agreed. */
export function describeReplies(replies: readonly Reply<unknown>[]): string {
  return replies.flatMap((reply) => describeReply(reply) ?? []).join(', ');
}

function describeReply(reply: Reply<unknown>): string | undefined {
  if (reply.said === 'yes') return undefined;
  if (reply.said === 'no') return `${reply.serverId} refuses (${reply.refusal.code})`;
  return reply.error === undefined
    ? `${reply.serverId} has no address in the configuration`
    : `${reply.serverId} does not answer`;
}
