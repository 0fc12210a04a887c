import type { Check } from '../finding.ts';

export const recordsDamaged: Check = ({ servers }) =>
  [...servers.values()].flatMap(({ server: { serverId, answer } }) => {
    if (answer.kind !== 'answered' || answer.damaged.length === 0) return [];
    const [first] = answer.damaged;
    return [
      {
        code: 'RECORDS_DAMAGED',
        serverIds: [serverId],
        message: `${serverId} holds ${answer.damaged.length} damaged record${answer.damaged.length === 1 ? '' : 's'}: ${first?.logletId} (${first?.detail})${answer.damaged.length > 1 ? ' and others' : ''}. They are not used, and they weaken every proof that rests on this server.`,
      },
    ];
  });
