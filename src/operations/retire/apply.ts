import type { RetirePlan } from '../../codec/plans/membership.ts';
import { DrError } from '../../core/errors.ts';
import type { Observation } from '../../core/evidence.ts';
import type { LogId, ServerId } from '../../core/ids.ts';
import type { Journal } from '../../runs/journal.ts';
import { agreed, askAll, describeReplies } from '../../virtuallog/askAll.ts';
import { complete, reconfigure } from '../../virtuallog/reconfigure/reconfigure.ts';
import type { Cluster } from '../cluster.ts';
import { observe } from '../observe/observe.ts';
import { registerOf } from '../register.ts';
import { logContext } from '../virtualLog.ts';
import { losesMore, planRetire, type RetireConsent, type RetirePlanInput } from './plan.ts';

/** One look at the cluster, for `planRetire`. A server that was taken out of the configuration is still known by name. */
export async function lookAtRetire(
  cluster: Cluster,
  server: ServerId,
  consent: RetireConsent,
): Promise<RetirePlanInput> {
  const observation = await observe(cluster);
  if (!observation.servers.some((one) => one.serverId === server))
    throw new DrError('E_UNKNOWN_SERVER', {
      message: `${server} is neither in the configuration nor named by any loglet. Nothing was changed.`,
    });
  return { observation, clusterName: cluster.name, server, consent };
}

export interface RetireInput {
  readonly cluster: Cluster;
  readonly plan: RetirePlan;
  readonly journal: Journal;
}

/**
 * Takes a server out of service (protocol §3). First the store, then the record: recorded while it still took part, a
 * later recovery would count it out although it could hold a successor. Killed between: the store refuses everybody,
 * and a recovery that cannot hear it says unproven until the record is made.
 */
export async function applyRetire({
  cluster,
  plan,
  journal,
}: RetireInput): Promise<readonly { logId: LogId }[]> {
  await journal.step('check the plan', async () => {
    await mustHold(cluster, plan);
  });
  if (plan.storeId !== undefined && !plan.alreadyRetired)
    await journal.step('retire the store', () => retireStore(cluster, plan));
  const logs = plan.logs.filter((log) => !log.recorded);
  for (const { logId } of logs)
    await journal.step(`log ${logId}: record`, () => record(cluster, plan, logId));
  return logs.map(({ logId }) => ({ logId }));
}

/** Resolves with what it rests on now. */
async function mustHold(
  cluster: Cluster,
  plan: RetirePlan,
  staying?: ReadonlySet<ServerId>,
): Promise<Observation> {
  const acceptLoss = new Set(plan.given.flatMap((flag) => flag.split(' ')[1] ?? []) as LogId[]);
  const consent = { acceptLoss, destroyed: plan.destroyed };
  const look = await lookAtRetire(cluster, plan.server, consent);
  const now = planRetire({ ...look, ...(staying && { staying }) });
  const holds = now.decision !== 'refuse' && now.stores.join() === plan.stores.join();
  if (holds && !losesMore(now, plan)) return look.observation;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `What the plan to retire ${plan.server} rests on has changed. ${now.problems.join(' ')} Nothing was changed.`,
  });
}

/**
 * The order decides between two who retire each other's only other copy: first this server's count of pledges, then the
 * others' pledges, then the look that rests on them. Of two such, one raises the other's count before it asks, or sees
 * it retired.
 */
async function retireStore(cluster: Cluster, plan: RetirePlan): Promise<void> {
  const { server: id, generation, storeId } = plan;
  if (generation === undefined || storeId === undefined)
    throw new Error(`a plan to retire ${id} names no store`);
  const { servers } = await mustHold(cluster, plan);
  const answer = servers.find(({ serverId }) => serverId === id)?.answer;
  const pledged = answer?.kind === 'answered' ? answer.status.pledged : undefined;
  const others = [...cluster.logServers.keys()].filter((other) => other !== id);
  const staying = agreed(await askAll(cluster.logServers, others, (server) => server.pledge(generation)));
  await mustHold(cluster, plan, staying);
  const [reply] = await askAll(cluster.logServers, [id], (server) =>
    server.retire(generation, storeId, pledged),
  );
  if (reply?.said === 'yes') return;
  if (reply?.said === 'no' && reply.refusal.code === 'pledgedSince')
    throw new DrError('E_PLAN_OUT_OF_DATE', {
      message: `Somebody came to rely on ${id} while it was to be retired: it was given a loglet, or has what another server that is retired at this moment would leave to it. It serves as before; no chain was changed.`,
      hint: `Plan again, one server at a time; \`vlog-dr reconfigure LOG --exclude ${id} --apply\` takes a log off it.`,
    });
  if (reply?.said === 'no')
    throw new DrError('E_PLAN_OUT_OF_DATE', {
      message: `${id} was not retired: ${describeReplies([reply])}. No chain was changed.`,
    });
  throw new DrError('E_UNREACHABLE', {
    message: `${id} was told that it is retired, and did not answer: it may be. No chain was changed.`,
    hint: 'Resume the run once it answers.',
  });
}

/** Each lost race means that another client went on, without the record: then once more. */
const MAX_ROUNDS = 8;

/** Only an *activated* loglet makes the record count; so a loglet that has it already is completed. */
async function record(cluster: Cluster, plan: RetirePlan, logId: LogId): Promise<void> {
  const ctx = logContext(cluster, logId);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const chain = await registerOf(cluster, logId);
    if (plan.stores.every((store) => chain.retired.includes(store))) {
      await complete(ctx);
      return;
    }
    await reconfigure(ctx, { retire: plan.stores, exclude: [plan.server] });
  }
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: `Log ${logId} kept being reconfigured by others, and ${plan.server} is not recorded as retired in it yet. The server itself refuses everybody; no entry was changed.`,
    hint: 'Resume the run.',
  });
}
