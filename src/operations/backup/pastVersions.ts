import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import { sameGeneration } from '../../core/generation.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Reporter } from '../../ports/Reporter.ts';

export type PastVersion = (version: number) => Promise<Chain | undefined>;

/** Past versions, asked for in ascending order: the MetaStore's history is read once, as far as it is needed. */
export function versionsInHistory(
  { metaStore, reporter }: { readonly metaStore: MetaStore; readonly reporter: Reporter },
  { logId, generation }: Chain,
): PastVersion {
  const history = metaStore.history(logId)[Symbol.asyncIterator]();
  let past: Chain | undefined;
  let isOver = false;
  const isBelow = (version: number) =>
    past === undefined || past.version < version || !sameGeneration(past.generation, generation);
  return async (version) => {
    try {
      while (!isOver && isBelow(version)) {
        const next = await history.next();
        isOver = next.done === true;
        past = isOver ? past : next.value;
      }
    } catch (error) {
      if (!isPortError(error, 'corrupt')) throw error;
      reporter.warn(
        `The history of log ${logId} is damaged: ${error.message} The chain itself is backed up.`,
      );
      isOver = true;
    }
    const found = past?.version === version ? past : undefined;
    return found !== undefined && sameGeneration(found.generation, generation) ? found : undefined;
  };
}
