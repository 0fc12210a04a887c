import type { Chain } from '../../core/chain.ts';
import { isPortError, PortError } from '../../core/errors.ts';
import type { RegisterSet } from '../../core/registerSet.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { RegisterStore } from '../../ports/RegisterStore.ts';

/** Every chain that can be read; of a damaged register its newest sound value. */
export async function chainsIn(store: MetaStore): Promise<{ chains: Chain[]; problems: string[] }> {
  const chains: Chain[] = [];
  const problems: string[] = [];
  for (const logId of await store.list()) {
    try {
      const chain = await store.get(logId);
      if (chain !== undefined) chains.push(chain);
    } catch (error) {
      if (!(error instanceof PortError) || error.failure !== 'corrupt') throw error;
      problems.push(`The register of log ${logId} is damaged: ${error.message}.`);
      const older = await newestReadable(store, logId);
      if (older !== undefined) chains.push(older);
    }
  }
  return { chains, problems };
}

/** The last value before the damage: it was the register once, which is all that evidence has to be. */
async function newestReadable(store: MetaStore, logId: Chain['logId']): Promise<Chain | undefined> {
  let newest: Chain | undefined;
  try {
    for await (const chain of store.history(logId)) newest = chain;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
  }
  return newest;
}

/** All registers of another engine. They are only good together: one that is damaged spoils the copy. */
export async function registersIn(
  store: RegisterStore,
): Promise<{ registers: RegisterSet; problems: string[] }> {
  try {
    return { registers: await store.readAll(), problems: [] };
  } catch (error) {
    if (!isPortError(error, 'corrupt')) throw error;
    return { registers: new Map(), problems: [`Its registers are damaged: ${error.message}.`] };
  }
}
