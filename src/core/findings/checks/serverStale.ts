import { describeGeneration } from '../../generation.ts';
import type { Check } from '../finding.ts';

/** It slept through a recovery: until it is fenced, the old control plane can still use it. */
export const serverStale: Check = ({ servers, generation }) =>
  [...servers.values()].flatMap(({ server, state }) => {
    const { answer, serverId } = server;
    if (state !== 'stale' || answer.kind !== 'answered' || generation === undefined) return [];
    const held = answer.status.generation;
    return [
      {
        code: 'SERVER_STALE',
        serverIds: [serverId],
        message: `${serverId} stands under generation ${held ? describeGeneration(held) : 'none'}, the cluster under ${describeGeneration(generation)}. An old control plane could still use it.`,
      },
    ];
  });
