import { missingStepSchema, sequencersStepSchema } from '../../../codec/plans/registers.ts';
import { decodeChains } from '../../../codec/restate/decode.ts';
import { patchChains } from '../../../codec/restate/patch.ts';
import { DrError, isPortError } from '../../../core/errors.ts';
import type { ServerId } from '../../../core/ids.ts';
import type { RegisterValue } from '../../../core/registerSet.ts';
import type { SequencerLook } from '../../../core/restate/evidence.ts';
import { logletNamed } from '../../../core/restate/loglets.ts';
import { sameSequencers, sequencersToCorrect, withSequencers } from '../../../core/restate/sequencers.ts';
import { CHAINS, type Chains, serverIdOf } from '../../../core/restate/values.ts';
import type { RegistersApplyInput } from './apply.ts';
import { awaitJoined } from './await.ts';
import { placeOf } from './places.ts';

/** Other writers, the cluster's controller among them, change the chains too. */
const PATIENCE_MS = 60_000;
const TRY_AGAIN_MS = 250;

/**
 * Log-servers tell who wrote a loglet only once they have joined. Where they would refuse who was guessed, the chains are
 * written again, and the nodes that have joined are restarted one after the other: a running one goes on with the guess.
 * Answers which nodes did not join again, and nothing where nothing had to be done.
 */
export async function settleSequencers(input: RegistersApplyInput): Promise<string[] | undefined> {
  const { plan, journal, parts } = input;
  if (plan.guessedSequencers === undefined) return undefined;
  const version = await journal.step(
    'sequencers',
    () => correctSequencers(input, plan.guessedSequencers ?? []),
    (stored) => sequencersStepSchema.parse(stored),
  );
  if (version === null) return undefined;
  for (const { name } of plan.nodes.filter(({ state }) => state !== 'silent'))
    await journal.step(`restart ${name}`, async () => {
      const place = placeOf(parts.hands.places, name);
      await parts.hands.stop(place);
      await parts.hands.start(place);
    });
  return await journal.step(
    'await the restarted nodes',
    () => awaitJoined(input, version),
    (stored) => missingStepSchema.parse(stored),
  );
}

/** The version of the chains that nodes must be restarted for; `null`: they have the right ones. */
async function correctSequencers(
  input: RegistersApplyInput,
  names: readonly string[],
): Promise<number | null> {
  const { parts, keep, journal, clock } = input;
  const { registers } = parts.cluster;
  const loglets = new Set(names.map(logletNamed));
  const looks = await askSequencers(input, [...loglets]);
  const written = chainsIn((await keep.load(journal.runId)).get(CHAINS));
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      const current = await registers.get(CHAINS);
      const chains = chainsIn(current);
      const corrections = sequencersToCorrect(chains, looks, loglets);
      // Our own write may be there already, of a run that was killed right after it.
      if (current === undefined || corrections.size === 0)
        return sameSequencers(written, chains, loglets) ? null : chains.version;
      const version = current.version + 1;
      const bytes = patchChains(current.bytes, version, withSequencers(chains, corrections));
      await registers.compareAndSet(CHAINS, current.version, { version, bytes });
    } catch (error) {
      if (!isPortError(error, 'unavailable', 'outcomeUnknown') || clock.now() > deadline) throw error;
    }
    await clock.sleep(TRY_AGAIN_MS);
  }
}

/** What every log-server that joined says of each: as soon as the tables serve, and the loglet was asked for. */
async function askSequencers(
  input: RegistersApplyInput,
  loglets: readonly bigint[],
): Promise<readonly SequencerLook[]> {
  const { parts, clock } = input;
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    const asked = await logServersThatHaveThem(input, loglets);
    const looks = (await parts.cluster.sequencers()) ?? [];
    const told = new Set(looks.map(({ logletId, nodeId }) => `${logletId} ${serverIdOf(nodeId)}`));
    const isWhole = loglets.every((logletId) => asked.every((id) => told.has(`${logletId} ${id}`)));
    if (isWhole || clock.now() > deadline) return looks;
    await clock.sleep(TRY_AGAIN_MS);
  }
}

async function logServersThatHaveThem(
  { parts, plan }: RegistersApplyInput,
  loglets: readonly bigint[],
): Promise<ServerId[]> {
  const asked = plan.nodes.map(async ({ id, address, state }) => {
    if (id === undefined || state === 'silent') return [];
    try {
      await parts.cluster.copies(address, loglets);
      return [id];
    } catch (error) {
      if (!isPortError(error)) throw error;
      return [];
    }
  });
  return (await Promise.all(asked)).flat();
}

function chainsIn(register: RegisterValue | undefined): Chains {
  const decoded = register && decodeChains(register.bytes);
  if (decoded?.ok === true) return decoded.value;
  throw new DrError('E_REGISTER_TAKEN', {
    message: `The chains that were just written cannot be read: ${decoded?.problem ?? 'they are gone'}. The nodes have joined with them.`,
    context: { key: CHAINS },
  });
}
