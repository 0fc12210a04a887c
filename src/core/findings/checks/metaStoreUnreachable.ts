import type { Check } from '../finding.ts';

export const metaStoreUnreachable: Check = ({ observation, metaStore }) => {
  if (observation.registerReadable) return [];
  const why = metaStore.problem === undefined ? '' : ` (${metaStore.problem})`;
  return [
    {
      code: 'METASTORE_UNREACHABLE',
      message: `The MetaStore does not answer${why}. Appends and reads go on with the chains that clients know; no log can be reconfigured, so the next lost server may stop them.`,
    },
  ];
};
