import {
  type EndLogPlan,
  type EndLogResult,
  endedStepSchema,
  endLogResultSchema,
} from '../../../codec/plans/endLog.ts';
import { patchNodes } from '../../../codec/restate/patch.ts';
import { DrError, isPortError } from '../../../core/errors.ts';
import { NODES } from '../../../core/restate/values.ts';
import type { Clock } from '../../../ports/Clock.ts';
import type { Journal } from '../../../runs/journal.ts';
import type { ForeignParts } from '../observe/observe.ts';
import { findTail } from '../rebuild/verify.ts';
import { lookAtEnd } from './look.ts';

export interface EndLogApplyInput {
  readonly parts: ForeignParts;
  readonly plan: EndLogPlan;
  readonly journal: Journal;
  readonly clock: Clock;
}

/** Lost races against nodes that start: each one means that somebody else made progress. */
const MAX_ROUNDS = 16;
/** Nodes poll the store for a new configuration. */
const PATIENCE_MS = 60_000;
const LOOK_AGAIN_MS = 100;

/**
 * Ends a log and lets it go on. The order, and what each place in it survives:
 *
 *   1. prove          the store takes writes: the engine seals first and writes second, and a log that was sealed
 *                     without a store took no records until it was back.
 *   2. declare lost   without an f-majority only: nodes are taken out of the nodesets, and everybody has heard of it. A
 *                     forced tail alone does not seal: the f-majority is asked for all the same.
 *   3. settings       before the new segment: one that has less than the settings ask for is sealed again at once.
 *   4. seal           at the highest record that anybody who answers has stored, as it is *then*.
 *   5. extend, verify
 */
export async function applyEndLog(input: EndLogApplyInput): Promise<EndLogResult> {
  const { plan, journal, parts } = input;
  const { cluster } = parts;
  const { forced, extension } = plan;
  const logId = Number(plan.logId);
  await journal.step('prove the store', () => prove(input));
  if (forced !== undefined) await journal.step('declare lost', () => declareLost(input, forced));
  if (extension?.changesSettings === true) {
    const { replication } = extension;
    await journal.step('change the settings', () =>
      cluster.setReplication({ log: replication, partition: replication }),
    );
  }
  const isSealing = !plan.last.sealedInChain && (forced !== undefined || plan.command === 'seal');
  const sealed = isSealing
    ? await journal.step(
        'seal',
        () => seal(input, logId),
        (stored) => endedStepSchema.parse(stored),
      )
    : undefined;
  if (extension === undefined)
    return { logId: plan.logId, writable: false, ...(sealed !== undefined && { tail: sealed.lsn }) };
  await journal.step('extend', () =>
    cluster.sealAndExtend({
      logId,
      replication: extension.replication,
      nodeset: extension.nodeset.map(numberOf),
      sequencer: numberOf(extension.sequencer),
    }),
  );
  return await journal.step(
    'verify',
    () => findTail(input, { logId: plan.logId }),
    (stored) => endLogResultSchema.parse(stored),
  );
}

async function prove({ parts }: EndLogApplyInput): Promise<void> {
  try {
    await parts.cluster.registers.proveWritable();
  } catch (error) {
    if (!isPortError(error)) throw error;
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: `The metadata store takes no writes (${error.message}). Nothing was sealed: without it the log would take no records any more.`,
      cause: error,
    });
  }
}

async function declareLost(
  { parts, clock }: EndLogApplyInput,
  { lost }: NonNullable<EndLogPlan['forced']>,
): Promise<void> {
  const { registers } = parts.cluster;
  const changes = new Map(lost.map(({ id }) => [numberOf(id), { storageState: 'disabled' as const }]));
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const current = await registers.get(NODES);
    if (current === undefined)
      throw new DrError('E_METASTORE_LOST', { message: `The store has no ${NODES}. Nothing was changed.` });
    const version = current.version + 1;
    const bytes = patchNodes(current.bytes, version, changes);
    const put = await registers.compareAndSet(NODES, current.version, { version, bytes });
    if (put.outcome === 'installed') return await awaitHeard({ parts, clock }, version);
  }
  throw new DrError('E_OUTCOME_UNKNOWN', {
    message: 'The nodes configuration kept changing; no node was declared lost. Nothing was sealed.',
    hint: 'Resume the run.',
  });
}

/** The node that is asked to seal counts by its own copy of the configuration. */
async function awaitHeard(
  { parts, clock }: Pick<EndLogApplyInput, 'parts' | 'clock'>,
  version: number,
): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    const nodes = await parts.cluster.look();
    const late = nodes.some(
      ({ answer }) => answer.kind === 'answered' && (answer.ident.versions.get(NODES) ?? 0) < version,
    );
    if (!late) return;
    if (clock.now() > deadline)
      throw new DrError('E_UNREACHABLE', {
        message: 'Nodes do not take the configuration that names the lost ones. Nothing was sealed.',
        hint: 'Resume the run.',
      });
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

async function seal({ parts, plan }: EndLogApplyInput, logId: number): Promise<{ lsn: bigint }> {
  const reason = 'vlog-dr';
  if (plan.forced === undefined) return await parts.cluster.seal({ logId, reason });
  const { end } = await lookAtEnd(parts, logId);
  return await parts.cluster.seal({ logId, reason, tail: end.acceptedTail });
}

function numberOf(id: string): number {
  return Number(id.slice(1));
}
