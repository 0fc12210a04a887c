import type { LogArchive } from '../../archive/LogArchive.ts';
import {
  goOnStepSchema,
  manifestStepSchema,
  type RestoredSegment,
  type RestorePlan,
  restoredStepSchema,
} from '../../codec/plans/restore.ts';
import { coverageOfAll, type Span, without } from '../../core/archive.ts';
import { canonicalJson } from '../../core/canonical.ts';
import { type AcceptedLoss, type Chain, lastSegment, type Segment } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import { sameGeneration } from '../../core/generation.ts';
import type { Journal } from '../../runs/journal.ts';
import type { LogContext } from '../../virtuallog/context.ts';
import { read } from '../../virtuallog/read.ts';
import { replaceChain } from '../../virtuallog/reconfigure/install.ts';
import { reconfigure } from '../../virtuallog/reconfigure/reconfigure.ts';
import type { Cluster } from '../cluster.ts';
import { snapshotChain } from '../rebuild/finish.ts';
import { registerOf } from '../register.ts';
import { logContext } from '../virtualLog.ts';
import { STEPS } from './actions.ts';
import { isSound, namesDigest } from './look.ts';

export interface RestoreInput {
  readonly cluster: Cluster;
  readonly archive: LogArchive;
  readonly plan: RestorePlan;
  readonly journal: Journal;
}

export interface Restored {
  readonly version: number;
  readonly extended: boolean;
}

/**
 *   record the loss  of the last loglet only, before anything is built on its end: whoever reconfigures, now or after a
 *                    crash, starts the successor there.
 *   go on            its end becomes final: only an ended segment can be an archive.
 *   manifest         after the objects that it names, which are looked up again; those that no plan has read are read.
 *   install          compare-and-set; the chain names the manifest by its digest, and nothing else is believed.
 *   read back        the ends of every span, through the log.
 *
 * Killed anywhere and run again it ends the same: what is in the chain stays, a manifest is the same bytes.
 */
export async function applyRestore(input: RestoreInput): Promise<Restored> {
  const { journal, plan } = input;
  const last = plan.segments.find(({ place }) => place === 'last');
  if (last !== undefined) {
    await journal.step(STEPS.loss, () => recordLoss(input, last));
    await journal.step(
      STEPS.goOn,
      () => goOn(input, last),
      (stored) => goOnStepSchema.parse(stored),
    );
  }
  const digests = new Map<string, string>();
  for (const segment of plan.segments) {
    const { digest } = await journal.step(
      STEPS.manifest(segment),
      () => writeManifest(input, segment),
      (stored) => manifestStepSchema.parse(stored),
    );
    digests.set(segment.logletId, digest);
  }
  const { version } = await journal.step(
    STEPS.install,
    () => install(input, digests),
    (stored) => restoredStepSchema.parse(stored),
  );
  await journal.step(STEPS.readBack, () => readBack(input));
  return { version, extended: last !== undefined };
}

/** Lost races against others that change the chain: each one means that somebody made progress. */
const MAX_ROUNDS = 16;

async function recordLoss(input: RestoreInput, { logletId, end }: RestoredSegment): Promise<void> {
  await change(input, 'No loss was recorded; nothing was changed.', (chain) => {
    const last = lastSegment(chain);
    if (last.logletId !== logletId) {
      const ended = chain.segments.find((segment) => segment.logletId === logletId);
      if (ended?.end === end) return undefined;
      throw outOfDate(input.plan, `loglet ${logletId} is not its last one any more`);
    }
    if (last.loss?.from === end) return undefined;
    if (last.loss !== undefined) throw outOfDate(input.plan, `a loss from ${last.loss.from} on is on record`);
    return withSegment(chain, { ...last, loss: lossOf(input.plan, logletId, end) });
  });
}

async function goOn({ cluster, plan }: RestoreInput, { logletId, end }: RestoredSegment) {
  const { chain } = await reconfigure(logContext(cluster, plan.logId), { suspect: logletId });
  const ended = chain.segments.find((segment) => segment.logletId === logletId);
  if (ended?.end !== end)
    throw outOfDate(plan, `loglet ${logletId} was ended at ${ended?.end ?? 'another place'}`);
  const { logletId: successor, start } = lastSegment(chain);
  return { logletId: successor, start };
}

async function writeManifest(
  { archive, plan }: RestoreInput,
  segment: RestoredSegment,
): Promise<{ digest: string }> {
  const { logId } = plan;
  const { logletId, damaged, held, index } = segment;
  const objects = (await archive.objects(logId, logletId)).filter(
    (object) => !damaged.some((key) => key.includes(object.sha256)),
  );
  const { used, gaps } = coverageOfAll(objects, held);
  if (gaps.length > 0)
    throw outOfDate(plan, `of segment ${index}, objects that were read for the plan are not there any more`);
  if (namesDigest(used) !== segment.objectsRead)
    for (const object of used)
      if (!(await isSound(archive, { logId, logletId, object })))
        throw outOfDate(plan, `of segment ${index}, a damaged object has come to the repository`);
  return archive.putManifest(logId, segment, { spans: held, objects: used });
}

async function install(
  input: RestoreInput,
  digests: ReadonlyMap<string, string>,
): Promise<{ version: number }> {
  const truth = 'The repository is as it was, and the segments are read as before.';
  const chain = await change(input, truth, (held) => {
    const changed = input.plan.segments.reduce(
      (sum, segment) => archived(input.plan, sum, segment, digests),
      held,
    );
    return changed === held ? undefined : changed;
  });
  return { version: chain.version };
}

function archived(
  plan: RestorePlan,
  chain: Chain,
  planned: RestoredSegment,
  digests: ReadonlyMap<string, string>,
): Chain {
  const segment = chain.segments.find(({ logletId }) => logletId === planned.logletId);
  // Trimmed meanwhile: nobody reads it any more.
  if (segment === undefined && chain.trimPoint >= planned.end) return chain;
  const manifest = digests.get(planned.logletId);
  if (segment?.end !== planned.end || manifest === undefined)
    throw outOfDate(plan, `segment ${planned.index} is not the one that was planned on`);
  const [first] = planned.left;
  const next: Segment = {
    ...segment,
    kind: 'archive',
    archive: { repositoryId: plan.repository.repositoryId, manifest, spans: planned.held },
    ...(first !== undefined &&
      segment.loss === undefined && { loss: lossOf(plan, planned.logletId, first.from) }),
  };
  return canonicalJson(next) === canonicalJson(segment) ? chain : withSegment(chain, next, chain.version);
}

/** Replaces the chain by what follows from it; `undefined`: it is so already. */
async function change(
  { cluster, plan }: RestoreInput,
  truth: string,
  next: (chain: Chain) => Chain | undefined,
): Promise<Chain> {
  const ctx = logContext(cluster, plan.logId);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const chain = await registerOf(cluster, plan.logId);
    if (!sameGeneration(chain.generation, plan.generation))
      throw outOfDate(plan, 'a recovery has raised its generation');
    const changed = next(chain);
    // Again: a run that was killed may not have come to it.
    if (changed === undefined) {
      await snapshotChain(cluster, chain);
      return chain;
    }
    const to = { ...changed, version: chain.version + 1 };
    const { installed, current } = await replaceChain(ctx, { from: chain, to, truth });
    if (!installed) continue;
    await snapshotChain(cluster, current, chain);
    return current;
  }
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: `The chain of log ${plan.logId} kept changing. ${truth}`,
    hint: 'Resume the run.',
  });
}

function withSegment(chain: Chain, segment: Segment, version = chain.version): Chain {
  const segments = chain.segments.map((one) => (one.logletId === segment.logletId ? segment : one));
  return { ...chain, version, segments };
}

function lossOf(plan: RestorePlan, logletId: string, from: bigint): AcceptedLoss {
  const silent = plan.segments.find((segment) => segment.logletId === logletId)?.silent ?? [];
  return { from, fencedOutside: silent, reason: 'not in the backup; loss accepted by the operator' };
}

function outOfDate(plan: RestorePlan, what: string): DrError {
  return new DrError('E_PLAN_OUT_OF_DATE', {
    message: `Log ${plan.logId} changed after this restore was planned: ${what}. What was done before stays; nothing else was changed.`,
    context: { logId: plan.logId },
  });
}

/** Both ends of every span, through the log like every reader. All the bytes between were checked when this was planned. */
async function readBack({ cluster, plan }: RestoreInput): Promise<void> {
  const ctx = logContext(cluster, plan.logId);
  const { trimPoint } = await ctx.view.fromRegister();
  for (const { held } of plan.segments) {
    for (const span of held.flatMap((one) => without(one, [{ from: 0n, to: trimPoint }]))) {
      await mustRead(ctx, { from: span.from, to: span.from + 1n });
      await mustRead(ctx, { from: span.to - 1n, to: span.to });
    }
  }
}

async function mustRead(ctx: LogContext, span: Span): Promise<void> {
  for await (const entry of read(ctx, span)) if (entry.position === span.from) return;
  throw new DrError('E_CONTRADICTION', {
    message: `Position ${span.from} of log ${ctx.logId} was restored, and the log does not give it. The chain names the archive; the repository is as it was.`,
    hint: 'Run `vlog-dr verify`.',
  });
}
