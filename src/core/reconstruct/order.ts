import { digestOf } from '../canonical.ts';
import type { ChainEvidence, Observation, ObservedServer, ServerAnswer } from '../evidence.ts';
import type { LogId } from '../ids.ts';
import type { LogletState } from '../logletState.ts';
import { once } from '../once.ts';
import { compareMoments } from './facts.ts';

/**
 * The same evidence in one order, whatever the order in which it came in: the same plan has the same bytes. Ordered once
 * for all logs, of which there may be thousands.
 */
export const inOrder = once(
  (observation: Observation): Observation => ({
    ...observation,
    servers: observation.servers.map(serverInOrder).sort((a, b) => compareText(a.serverId, b.serverId)),
    chains: [...observation.chains].sort(compareEvidence),
  }),
);

/** What a server has of each log. */
export const logletsByLog = once((answer: Extract<ServerAnswer, { kind: 'answered' }>) => {
  const byLog = new Map<LogId, LogletState[]>();
  for (const state of answer.loglets) {
    const { logId } = state.descriptor;
    const known = byLog.get(logId);
    if (known === undefined) byLog.set(logId, [state]);
    else known.push(state);
  }
  return byLog;
});

function serverInOrder(server: ObservedServer): ObservedServer {
  const { answer } = server;
  if (answer.kind !== 'answered') return server;
  const loglets = [...answer.loglets].sort((a, b) =>
    compareText(a.descriptor.logletId, b.descriptor.logletId),
  );
  return { ...server, answer: { ...answer, loglets } };
}

/** Oldest first: what is said later of a segment (its end, its loss) holds. */
function compareEvidence(a: ChainEvidence, b: ChainEvidence): number {
  return (
    compareMoments(a.chain, b.chain) ||
    compareText(`${a.source} ${a.name}`, `${b.source} ${b.name}`) ||
    compareText(digestOf(a.chain), digestOf(b.chain))
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
