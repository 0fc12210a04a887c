import type { LastLoglet } from '../../core/findings/lastLoglet.ts';
import type { Situation } from '../../core/findings/situation.ts';
import type { LogId, Position } from '../../core/ids.ts';
import { ascending, committedLowerBound, tailAnswer } from '../../core/tail.ts';
import { askAll } from '../../virtuallog/askAll.ts';
import type { Cluster } from '../cluster.ts';

export interface KnownTail {
  readonly tail: Position;
  readonly kind: 'acknowledged' | 'lowerBound';
}

/** The tail of each log: what its sequencer has acknowledged, else what is known to be determined. */
export async function tailsOf(cluster: Cluster, { logs }: Situation): Promise<Map<LogId, KnownTail>> {
  const tails = await Promise.all(
    logs.map(async ({ logId, last }) => {
      if (last === undefined) return undefined;
      const tail = (await acknowledged(cluster, last)) ?? { tail: lowerBound(last), kind: 'lowerBound' };
      return [logId, tail] as const;
    }),
  );
  return new Map(tails.filter((one) => one !== undefined));
}

/** Asked only where it will answer: a dead server has cost its time-out already. */
async function acknowledged(cluster: Cluster, last: LastLoglet): Promise<KnownTail | undefined> {
  const sequencer = last.facts.descriptor?.sequencer.serverId;
  if (last.taking !== 'appends' || sequencer === undefined) return undefined;
  const [reply] = await askAll(cluster.logServers, [sequencer], (server) =>
    server.acknowledgedTail(last.facts.logletId),
  );
  return reply?.said === 'yes' ? { tail: reply.value.tail, kind: 'acknowledged' } : undefined;
}

/** On a commit quorum of those who answer, or known by a store to have been acknowledged. */
export function lowerBound({ facts, live }: LastLoglet): Position {
  const answers = live.map(({ serverId, state }) => tailAnswer(serverId, state));
  const { durability } = facts;
  const onQuorum =
    durability === undefined ? facts.start : committedLowerBound({ ...facts, durability }, answers);
  const known = answers.map((answer) => answer.knownCommitted);
  return [onQuorum, ...known].sort(ascending).at(-1) ?? onQuorum;
}
