import { chainSchema } from '../../codec/chain.ts';
import { extendedStepSchema, type LogPlan, sealedStepSchema } from '../../codec/plan.ts';
import { type Chain, chainDigest, lastSegment } from '../../core/chain.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import type { LogId, Position } from '../../core/ids.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import { extendLog, isWritable, releaseLog, snapshotChain } from './finish.ts';
import type { ApplyInput } from './input.ts';
import { sealTip, setAside } from './seal.ts';

export interface LogResult {
  readonly logId: LogId;
  readonly verdict: LogPlan['verdict'];
  /** The version in the register now. */
  readonly version: number;
  readonly segments: number;
  readonly tail: Position | undefined;
  /** False when too few servers live to take appends: the log is restored for reading only. */
  readonly writable: boolean;
}

/**
 * One log, behind the fence. Every step is idempotent, and checks again what it rests on:
 *
 *   fence the repository   where the proof rests on it: from then on no slower writer can activate a successor.
 *   seal, set aside        what was concluded of the last loglet and of orphans is made true before it is used.
 *   install                compare-and-set over exactly the value that was planned on: an old register, or an old
 *                          control plane that wrote meanwhile, is never overwritten.
 *   snapshot               before the activation that it guards.
 *   activate | extend      the log takes appends again.
 *   verify                 read back, then trim and collection are allowed again.
 */
export async function restoreLog(input: ApplyInput, log: LogPlan): Promise<LogResult> {
  const { cluster, into, journal } = input;
  const { chain } = log;
  if (chain === undefined) throw new Error(`log ${log.logId} is to be installed and has no chain`);
  const step = (name: string): string => `log ${log.logId}: ${name}`;
  if (log.endProof === 'repository fence')
    await journal.step(step('fence the repository'), () => fenceRepository(input, log));
  if (log.lastSegment !== 'active')
    await journal.step(
      step('seal'),
      () => sealTip(input, log),
      (stored) => sealedStepSchema.parse(stored),
    );
  if (log.orphans.length > 0) await journal.step(step('set aside'), () => setAside(input, log));
  await journal.step(step('install'), () => install(input, log, chain));
  await journal.step(step('snapshot'), () => snapshotChain(cluster, chain));
  const extended =
    log.lastSegment === 'active'
      ? await journal.step(step('activate'), () => activate(input, chain), decodeExtended)
      : await journal.step(step('extend'), () => extendLog(cluster, into, chain), decodeExtended);
  const released = await journal.step(
    step('verify'),
    () => releaseLog(cluster, into, extended.chain),
    (stored) => chainSchema.parse(stored),
  );
  return {
    logId: log.logId,
    verdict: log.verdict,
    version: released.version,
    segments: released.segments.length,
    tail: lastSegment(released).start,
    writable: extended.writable,
  };
}

const decodeExtended = (stored: unknown): { chain: Chain; writable: boolean } =>
  extendedStepSchema.parse(stored);

/** The newest snapshot, read again behind the repository's fence, must be the one that was planned on. */
async function fenceRepository({ cluster, plan }: ApplyInput, log: LogPlan): Promise<void> {
  if (cluster.snapshots === undefined)
    throw new DrError('E_REPOSITORY_UNAVAILABLE', {
      message: `The proof for log ${log.logId} rests on the repository, and none is configured. No register was changed.`,
    });
  const servers = plan.servers.flatMap((server) =>
    server.generation === undefined ? [] : [server.generation],
  );
  const { newest } = await cluster.snapshots.fence(log.logId, plan.generation, servers);
  const listed = newest && 'document' in newest ? newest.document.chain : undefined;
  if (listed !== undefined && lastSegment(listed).logletId === log.segments.at(-1)?.logletId) return;
  throw new DrError('E_PLAN_OUT_OF_DATE', {
    message: `The repository got another snapshot of log ${log.logId} before it was fenced. It is fenced now; no register was changed.`,
  });
}

/** Into an empty register, or over exactly the value that the plan was made from. */
async function install({ into }: ApplyInput, log: LogPlan, chain: Chain): Promise<void> {
  const expected = log.registerBefore ?? undefined;
  const outcome = await into.compareAndSet(log.logId, expected, chain).catch((error: unknown) => {
    if (isPortError(error, 'outcomeUnknown')) return { outcome: 'conflict' as const, current: undefined };
    throw error;
  });
  if (outcome.outcome === 'installed') return;
  // Our own write may be what is there: a lost reply, or a run that was killed right after it.
  const current = await into.get(log.logId);
  if (current !== undefined && chainDigest(current) === chainDigest(chain)) return;
  throw new DrError('E_REGISTER_TAKEN', {
    message: `The register of log ${log.logId} holds ${current === undefined ? 'nothing' : `version ${current.version}`}, not what the plan was made from. It was left alone; the servers are fenced and the last loglet is sealed if the plan said so.`,
    context: { logId: log.logId },
  });
}

/** Completes an activation that was left half done, under the new version. Appends that go on are not touched. */
async function activate({ cluster }: ApplyInput, chain: Chain): Promise<{ chain: Chain; writable: boolean }> {
  const loglet = logletOf(lastSegment(chain), cluster.logServers);
  const { copies } = await loglet.states();
  if (copies.some((copy) => copy.state.activatedAt === undefined))
    await loglet.activate(chain.generation, chain.version);
  return { chain, writable: await isWritable(cluster, chain) };
}
