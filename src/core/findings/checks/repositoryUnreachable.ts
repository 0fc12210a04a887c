import type { Check } from '../finding.ts';

export const repositoryUnreachable: Check = ({ observation, repositoryUrl }) =>
  observation.rejected
    .filter((one) => one.source === 'snapshot' && one.name === repositoryUrl)
    .map(({ problem }) => ({
      code: 'REPOSITORY_UNREACHABLE',
      message: `The repository ${repositoryUrl} could not be read: ${problem} Logs that require a snapshot before activation cannot be reconfigured until it answers.`,
    }));
