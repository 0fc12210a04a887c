import type { Check } from '../finding.ts';
import { listed } from '../situation.ts';

export const metaStoreDegraded: Check = ({ metaStore }) => {
  const gone = metaStore.members
    .filter((member) => member.state === 'unreachable')
    .map((member) => member.id);
  if (metaStore.health !== 'degraded') return [];
  return [
    {
      code: 'METASTORE_DEGRADED',
      message: `The MetaStore works without ${listed(gone)}, of ${metaStore.members.length} members. Losing more may stop it.`,
    },
  ];
};
