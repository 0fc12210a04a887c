import type { ForeignLogPlan, ForeignLogResult } from '../../../codec/plans/registers.ts';
import { isPortError } from '../../../core/errors.ts';
import { extendHalfSealed } from '../extend.ts';
import type { ForeignParts } from '../observe/observe.ts';
import type { RegistersApplyInput } from './apply.ts';
import { chainsVersion } from './plan.ts';

/** A log whose end was sealed is extended by its own leader; a node reads its log before it leads. */
const PATIENCE_MS = 120_000;
/** And where no leader does, here: one that began it without a store may have given up. */
const LEADERS_TURN_MS = 15_000;
const LOOK_AGAIN_MS = 250;

/**
 * Each log's tail as the cluster itself finds it now. `writable`: it is open, and the partition that lives on it has an
 * active leader: without one nobody writes, though the log could take it.
 */
export async function findTails(input: RegistersApplyInput): Promise<ForeignLogResult[]> {
  const version = chainsVersion(input.plan);
  return await Promise.all(
    input.plan.logs.map(async ({ logId, verdict, segments }) => ({
      ...(await findTail(input, { logId })),
      ...{ verdict, version, segments: segments.length },
    })),
  );
}

/** One log's, waited for. */
export async function findTail(
  { parts, clock }: Pick<RegistersApplyInput, 'parts' | 'clock'>,
  { logId }: Pick<ForeignLogPlan, 'logId'>,
): Promise<Pick<ForeignLogResult, 'logId' | 'tail' | 'writable' | 'detail'>> {
  const deadline = clock.now() + PATIENCE_MS;
  let ourTurn = clock.now() + LEADERS_TURN_MS;
  const base = { logId };
  let refused = '';
  for (;;) {
    let detail: string | undefined;
    try {
      const { state, lsn } = await parts.cluster.findTail(Number(logId));
      if (state === 'open' && (await hasLeader(parts, Number(logId))))
        return { ...base, tail: lsn, writable: true };
      detail = state === 'open' ? `open at ${lsn}, without an active leader` : `sealed at ${lsn}${refused}`;
      if (state === 'sealed' && clock.now() > ourTurn) {
        ourTurn = clock.now() + LEADERS_TURN_MS;
        refused = await extensionRefused(parts, Number(logId));
      }
    } catch (error) {
      if (!isPortError(error)) throw error;
      detail = error.message;
    }
    if (clock.now() > deadline) return { ...base, writable: false, detail };
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** Why a new segment could not be had; nothing when it could. */
async function extensionRefused({ cluster }: ForeignParts, logId: number): Promise<string> {
  try {
    await extendHalfSealed(cluster, logId);
    return '';
  } catch (error) {
    if (!isPortError(error)) throw error;
    return `, and no new segment could be had (${error.message})`;
  }
}

/** A partition's log has its number. */
async function hasLeader({ cluster }: ForeignParts, partitionId: number): Promise<boolean> {
  const replicas = (await cluster.replicas()) ?? [];
  return replicas.some((one) => one.partitionId === partitionId && one.leads && one.replay === 'active');
}
