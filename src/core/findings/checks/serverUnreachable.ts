import type { Check } from '../finding.ts';
import type { LogSituation, Situation } from '../situation.ts';

export const serverUnreachable: Check = (situation) =>
  [...situation.servers.values()]
    .filter(({ state }) => state === 'unreachable')
    .map(({ server }) => ({
      code: 'SERVER_UNREACHABLE',
      serverIds: [server.serverId],
      message: `${server.serverId} does not answer${detail(server)}. ${holds(situation, server.serverId)}`,
    }));

function detail({ answer }: { answer: { kind: string; detail?: string } }): string {
  return answer.kind === 'silent' && answer.detail !== undefined ? ` (${answer.detail})` : '';
}

/** What hangs on it: unreachable may return, so nothing is called lost here. */
function holds({ logs }: Situation, serverId: string): string {
  const last = logs.filter((log) => isMember(log.last?.facts.nodeset, serverId)).map((log) => log.logId);
  const segments = logs.flatMap((log: LogSituation) =>
    log.rebuilt.segments.filter((segment) => isMember(segment.nodeset, serverId)),
  ).length;
  if (segments === 0) return 'No segment is known to lie on it.';
  const takes = last.length > 0 ? `; it serves the last loglet of log ${last.join(', ')}` : '';
  return `It has copies of ${segments} segment${segments === 1 ? '' : 's'}${takes}.`;
}

function isMember(nodeset: readonly { readonly serverId: string }[] | undefined, serverId: string): boolean {
  return nodeset?.some((member) => member.serverId === serverId) ?? false;
}
