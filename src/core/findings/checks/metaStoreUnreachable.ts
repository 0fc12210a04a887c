import type { Check } from '../finding.ts';
import type { Situation } from '../situation.ts';

export const metaStoreUnreachable: Check = ({ observation, metaStore, logs }) => {
  if (observation.registerReadable) return [];
  const why = metaStore.problem === undefined ? '' : ` (${metaStore.problem})`;
  return [
    {
      code: 'METASTORE_UNREACHABLE',
      // One process in front of one directory has no majority to lose.
      ...(metaStore.kind === 'file' && {
        playbook: isBackedUp(logs) ? 'metastore-lost-backup' : 'metastore-lost',
      }),
      message: `The MetaStore does not answer${why}. Appends and reads go on with the chains that clients know; no log can be reconfigured, so the next lost server may stop them.`,
    },
  ];
};

function isBackedUp(logs: Situation['logs']): boolean {
  return logs.some((log) => log.snapshot !== undefined);
}
