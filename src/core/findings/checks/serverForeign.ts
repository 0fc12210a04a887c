import type { Check } from '../finding.ts';

export const serverForeign: Check = ({ servers }) =>
  [...servers.values()].flatMap(({ server, state }) => {
    const { answer, serverId } = server;
    if (state !== 'foreign' || answer.kind !== 'foreign') return [];
    return [
      {
        code: 'SERVER_FOREIGN',
        serverIds: [serverId],
        message: `The address of ${serverId} is answered by ${answer.status.serverId} of cluster ${answer.status.clusterId}. Nothing of this cluster is on it.`,
      },
    ];
  });
