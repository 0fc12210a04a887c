import type { LogPlan, RebuildPlan } from '../../codec/plan.ts';
import { describeGeneration } from '../../core/generation.ts';

/** The steps of an apply in their order, and what each will do, in words for the person who says yes. */
export function actionsOf(plan: Omit<RebuildPlan, 'planId' | 'actions'>): RebuildPlan['actions'] {
  const logs = plan.logs.filter((log) => log.decision === 'install');
  if (logs.length === 0) return [];
  const fenced = plan.servers.filter((server) => server.state === 'answered').map((server) => server.id);
  const generation = describeGeneration(plan.generation);
  return [
    { step: 'claim generation', says: `Claim generation ${generation} in the repository, if there is one.` },
    {
      step: 'fence',
      says: `Raise generation ${generation} on ${fenced.join(', ')}. Appends are not affected.`,
    },
    {
      step: 'observe behind the fence',
      says: 'Look at everything again; go on only if the plan still holds.',
    },
    ...logs.flatMap(actionsOfLog),
  ];
}

function actionsOfLog(log: LogPlan): RebuildPlan['actions'] {
  const { logId } = log;
  const last = log.segments.at(-1);
  const actions: { step: string; says: string }[] = [];
  const add = (step: string, says: string): void => {
    actions.push({ step: `log ${logId}: ${step}`, says });
  };
  if (log.endProof === 'repository fence')
    add(
      'fence the repository',
      'Occupy the place of the next snapshot, so that no slower writer can activate a loglet.',
    );
  if (log.lastSegment !== 'active' && last !== undefined)
    add('seal', `Seal ${last.logletId} on ${last.responders.join(', ')}, and complete its tail on them.`);
  if (log.orphans.length > 0)
    add(
      'set aside',
      `Seal ${log.orphans.map((orphan) => orphan.logletId).join(', ')}, not part of the chain.`,
    );
  add('install', `Write the chain of ${log.segments.length} segments as version ${log.version}.`);
  add('snapshot', `Write version ${log.version} to the repository, if there is one.`);
  if (log.lastSegment === 'active')
    add('activate', 'Complete the activation of the last segment where it is missing.');
  else add('extend', 'Install a new last segment on live servers: the log takes appends again.');
  add('verify', 'Read everything back, then allow trim and collection again.');
  return actions;
}
