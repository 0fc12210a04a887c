import { withPlanId } from '../../codec/plans/head.ts';
import type { AdmitPlan } from '../../codec/plans/membership.ts';
import type { Observation, ServerAnswer } from '../../core/evidence.ts';
import { compareGenerations, describeGeneration, FIRST_GENERATION } from '../../core/generation.ts';
import type { ServerId } from '../../core/ids.ts';
import { type Standing, standingOf, storesNamed, storesRetired } from '../../core/standing.ts';

export interface AdmitPlanInput {
  readonly observation: Observation;
  readonly clusterName: string;
  readonly server: ServerId;
  /** Whether a repository may know this cluster: one that is configured and did not answer. */
  readonly repositoryKnows: boolean;
}

/** Whether a newly formatted store may join, and at which generation (protocol §1). Pure. */
export function planAdmit(input: AdmitPlanInput): AdmitPlan {
  const { observation, clusterName, server } = input;
  const answer: ServerAnswer | undefined = observation.servers.find((one) => one.serverId === server)?.answer;
  const standing = founding(input) ?? standingOf(observation);
  const isIn = answer?.kind === 'answered' && !answer.offline && !answer.status.retired;
  const problems = isIn
    ? []
    : [...storeProblems(observation, server, answer), ...generationProblems(input, standing)];
  const { generation, toldBy } = standing;
  const storeId = answer === undefined || answer.kind === 'silent' ? undefined : answer.status.storeId;
  const decision = isIn
    ? 'nothing to do'
    : problems.length > 0 || generation === undefined
      ? 'refuse'
      : 'apply';
  return withPlanId({
    schemaVersion: 1 as const,
    kind: 'admit' as const,
    cluster: { id: observation.clusterId, name: clusterName },
    decision,
    problems,
    needs: [],
    given: [],
    assumptions:
      decision === 'apply'
        ? [`No recovery of this cluster is under way that ${toldBy.join(', ')} have not heard of.`]
        : [],
    server,
    ...(storeId !== undefined && { storeId }),
    ...(generation && { generation }),
    toldBy,
    actions:
      decision === 'apply' && generation
        ? [
            {
              step: 'admit',
              says: `Let store ${storeId} of ${server} join at generation ${describeGeneration(generation)}.`,
            },
          ]
        : [],
  });
}

/** The first server of a cluster that was never used: everybody answers, and nobody knows anything. */
function founding({ observation, repositoryKnows }: AdmitPlanInput): Standing | undefined {
  const isNew =
    !repositoryKnows &&
    observation.registerReadable &&
    observation.chains.length === 0 &&
    observation.repository?.greatestClaim === undefined &&
    observation.servers.every(({ answer }) => answer.kind === 'unadmitted');
  return isNew ? { generation: FIRST_GENERATION, toldBy: ['an unused cluster'] } : undefined;
}

function storeProblems(
  observation: Observation,
  server: ServerId,
  answer: ServerAnswer | undefined,
): string[] {
  if (answer === undefined || answer.kind === 'silent')
    return [`${server} does not answer, so nobody knows which store it has.`];
  if (answer.kind === 'foreign') return [`${server} belongs to cluster ${answer.status.clusterId}.`];
  if (answer.kind === 'answered' && answer.offline) return [`${server} does not answer.`];
  if (answer.status.serverId !== server)
    return [`The address of ${server} is answered by ${answer.status.serverId}.`];
  const retired = storesRetired(observation);
  const named = [...storesNamed(observation, server)].filter((store) => retired.has(store));
  if (named.length === 0 && !answer.status.retired) return [];
  return [
    `${server} was taken out of service for good${named.length > 0 ? ` (store ${named.join(', ')})` : ''}: proofs of later recoveries rest on it never coming back. Give the machine a new server id.`,
  ];
}

/** A generation is the highest only if whoever could know a higher one was asked. */
function generationProblems({ observation, server }: AdmitPlanInput, standing: Standing): string[] {
  const { generation, registered } = standing;
  const silent = observation.servers.filter((one) => one.serverId !== server && one.answer.kind === 'silent');
  const isKnown = registered !== undefined || silent.length === 0;
  if (generation === undefined || !isKnown)
    return [
      `Nobody tells the highest generation of the cluster: the MetaStore ${observation.registerReadable ? 'is empty' : 'does not answer'}, and ${silent.map((one) => one.serverId).join(', ') || 'no server'} ${silent.length > 0 ? 'are silent' : 'has one'}.`,
    ];
  if (registered !== undefined && compareGenerations(registered, generation) < 0)
    return [
      `Servers stand under generation ${describeGeneration(generation)}, the registers under ${describeGeneration(registered)}: finish that recovery first.`,
    ];
  return [];
}
