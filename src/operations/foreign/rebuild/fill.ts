import type { RegistersPlan } from '../../../codec/plans/registers.ts';
import { DrError, isPortError } from '../../../core/errors.ts';
import { type RegisterSet, sameRegister } from '../../../core/registerSet.ts';
import type { Clock } from '../../../ports/Clock.ts';
import type { RegisterStore } from '../../../ports/RegisterStore.ts';

/** A booting node that finds one address of its list dead stops, and a live one fails every other change. */
export async function mustAnswerEverywhere(store: RegisterStore): Promise<void> {
  const { members } = await store.health();
  const silent = members.filter(({ state }) => state !== 'ok');
  if (silent.length === 0) return;
  throw new DrError('E_METASTORE_UNAVAILABLE', {
    message: `${silent.map(({ endpoint }) => endpoint).join(', ')} of the etcd do not answer. Nothing was written, and no node was started: one that cannot reach an address of its list stops, and the metadata that it caches is gone.`,
    hint: 'Start them, or take them out of the nodes’ configuration and of ours, then resume the run.',
  });
}

/** A store that was provisioned a moment ago has no leader yet, and nodes still forward to where the old one was. */
const PATIENCE_MS = 60_000;
const TRY_AGAIN_MS = 250;

/**
 * Into an empty store as a whole; else register by register, each over exactly what the plan was made from. Tried again
 * while the store cannot be reached or does not say what became of a write: each write finds its own work.
 */
export async function fillStore(
  store: RegisterStore,
  { plan, values, clock }: { plan: RegistersPlan; values: RegisterSet; clock: Clock },
): Promise<void> {
  const deadline = clock.now() + PATIENCE_MS;
  const isFilled = plan.store.state === 'serves' || plan.newEtcd?.start === 'survivor';
  for (;;) {
    try {
      return await (isFilled ? replaceAll(store, plan, values) : store.fill(values));
    } catch (error) {
      if (!isPortError(error, 'unavailable', 'outcomeUnknown') || clock.now() > deadline) throw error;
      await clock.sleep(TRY_AGAIN_MS);
    }
  }
}

async function replaceAll(store: RegisterStore, plan: RegistersPlan, values: RegisterSet): Promise<void> {
  for (const { key, action, before } of plan.registers) {
    const value = values.get(key);
    if (action === 'keep' || value === undefined) continue;
    const put = await store.compareAndSet(key, before ?? undefined, value);
    // Our own write may be what is there: an answer that was lost, or a run that was killed right after it.
    if (put.outcome === 'installed' || sameRegister(put.current, value)) continue;
    throw new DrError('E_REGISTER_TAKEN', {
      message: `${key} is at version ${put.current?.version ?? 'none'}, not at ${before ?? 'none'} as the plan was made from. It was left alone; registers before it in the plan were written.`,
      context: { key },
    });
  }
}
