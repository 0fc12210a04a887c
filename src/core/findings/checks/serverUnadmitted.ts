import type { Check } from '../finding.ts';

export const serverUnadmitted: Check = ({ servers }) =>
  [...servers.values()].flatMap(({ server, state }) => {
    const { answer, serverId } = server;
    if (state !== 'unadmitted' || answer.kind !== 'unadmitted') return [];
    return [
      {
        code: 'SERVER_UNADMITTED',
        serverIds: [serverId],
        message: `${serverId} answers with a newly formatted store (${answer.status.storeId}). It holds nothing, and refuses everything until it is admitted; what its old disk held is not on it.`,
      },
    ];
  });
