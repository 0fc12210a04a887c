import type { Connection } from '../../cli/connection.ts';
import type { LogId, LogletId } from '../../core/ids.ts';
import { logContext } from '../../operations/virtualLog.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import { reconfigure } from '../../virtuallog/reconfigure/reconfigure.ts';

export interface Stranded {
  readonly logId: LogId;
  /** Sealed, and still the last one. */
  readonly sealed: LogletId;
  /** Provisioned and in no chain. */
  readonly orphan: LogletId | null;
}

/** The client is gone. Nothing may take it for a failure of the MetaStore and try again. */
class Died extends Error {}

/**
 * A client that dies in the middle of a reconfiguration: everything up to the install was done, on the real servers,
 * and nothing after it. The log takes no appends until somebody goes on.
 */
export async function strandLog({ cluster }: Connection, logId: LogId): Promise<Stranded> {
  let orphan: LogletId | null = null;
  const dying = withInstall(cluster.metaStore, (_, __, chain) => {
    orphan = chain.segments.at(-1)?.logletId ?? null;
    return Promise.reject(new Died());
  });
  const chain = await cluster.metaStore.get(logId);
  const sealed = chain?.segments.at(-1)?.logletId;
  if (sealed === undefined) throw new Error(`log ${logId} has no chain`);
  try {
    await reconfigure(logContext(cluster, logId, dying), {});
  } catch (error) {
    if (!(error instanceof Died)) throw error;
  }
  return { logId, sealed, orphan };
}

/** A driver's methods live on its class and use its private state: they are bound, not copied. */
function withInstall(metaStore: MetaStore, compareAndSet: MetaStore['compareAndSet']): MetaStore {
  return new Proxy(metaStore, {
    get: (target, name) => {
      if (name === 'compareAndSet') return compareAndSet;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
