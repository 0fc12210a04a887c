import type { Check } from '../finding.ts';

export const snapshotBroken: Check = ({ observation, repositoryUrl }) =>
  observation.rejected
    .filter((one) => one.source === 'snapshot' && one.name !== repositoryUrl)
    .map(({ name, problem }) => ({
      code: 'SNAPSHOT_BROKEN',
      message: `The newest snapshot is damaged: ${name}. ${problem} Until a sound one is written, the repository proves less.`,
    }));
