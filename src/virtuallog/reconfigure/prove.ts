import { type Chain, lastSegment } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import { isSealQuorum, quorumSystem, setsThatWouldSeal } from '../../core/quorum.ts';
import { metaStoreFailed } from '../chainView.ts';
import type { LogContext } from '../context.ts';
import { isKnownActive } from '../finality.ts';
import { unsealable } from './seal.ts';
import { type LiveServers, stopIfLater, surveyServers } from './servers.ts';
import { writeRequired } from './snapshot.ts';

/**
 * Step 0. Sealing is for good, so all that could stop the later steps is tried first: with the MetaStore or a
 * required repository down, or too few members in reach, a healthy log would be taken down by its own reconfiguration.
 */
export async function prove(ctx: LogContext, chain: Chain): Promise<LiveServers> {
  const [live] = await Promise.all([
    surveyServers(ctx, chain.clusterId),
    proveWritable(ctx),
    proveSnapshots(ctx, chain),
  ]);
  stopIfLater(live, chain.generation);
  mustBeSealable(chain, live);
  return live;
}

async function proveWritable(ctx: LogContext): Promise<void> {
  try {
    await ctx.metaStore.proveWritable(ctx.logId);
  } catch (error) {
    if (!isPortError(error)) throw error;
    throw metaStoreFailed(error, 'Nothing was sealed; appends go on with the chain known.');
  }
}

/**
 * Under `required`, no later version may enter the repository, and no successor be activated, before this one. A last
 * loglet whose own activation waits for its snapshot gets it first too: its rule may be looser, and its successor
 * would then be activated past a recovery's fence.
 */
async function proveSnapshots(ctx: LogContext, chain: Chain): Promise<void> {
  const last = lastSegment(chain);
  const isBound = chain.snapshots.mode === 'required';
  if (!isBound && (last.snapshotRequired !== true || (await isKnownActive(ctx, last)))) return;
  await writeRequired(ctx, chain, isBound ? chain.snapshots.repositoryId : undefined, 'Nothing was sealed.');
}

/** Members that are cut off from this client may go on without it: one sealed store would stop their sequencer. */
function mustBeSealable(chain: Chain, live: LiveServers): void {
  const segment = lastSegment(chain);
  if (segment.loss !== undefined) return;
  const stores = new Set(live.candidates.map((one) => one.storeId));
  const reached = new Set(
    segment.nodeset.filter((member) => stores.has(member.storeId)).map((member) => member.serverId),
  );
  const system = quorumSystem(segment.durability, segment.nodeset);
  if (isSealQuorum(system, reached)) return;
  throw unsealable(segment, live.complaints, setsThatWouldSeal(system, reached));
}
