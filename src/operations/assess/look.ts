import { isPortError, PortError } from '../../core/errors.ts';
import type { Look, MetaStoreLook } from '../../core/findings/situation.ts';
import type { LogId } from '../../core/ids.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { Cluster } from '../cluster.ts';
import { observe } from '../observe/observe.ts';

/**
 * One look at everything, which fails for nothing: a MetaStore that denies, or holds bytes that fail their check, is
 * part of what is wrong with the cluster.
 */
export async function lookAt(cluster: Cluster): Promise<Look> {
  const reading = new TolerantReading(cluster.metaStore);
  const [observation, health] = await Promise.all([
    observe(cluster, {}, reading.metaStore),
    healthOf(cluster.metaStore),
  ]);
  const problem = reading.problem ?? health.problem;
  return {
    observation,
    metaStore: {
      ...health,
      ...(observation.registerReadable ? {} : { health: 'lost' }),
      ...(problem !== undefined && { problem }),
    },
    unreadable: reading.unreadable,
    ...(cluster.snapshots && { repositoryUrl: cluster.snapshots.repository.url }),
  };
}

async function healthOf(metaStore: MetaStore): Promise<MetaStoreLook> {
  const { kind } = metaStore.description;
  try {
    return { kind, ...(await metaStore.health()) };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { kind, health: 'lost', members: [], problem: error.message };
  }
}

/** The registers as far as they can be read: one that cannot must not hide the others. */
class TolerantReading {
  readonly metaStore: MetaStore;
  readonly unreadable = new Map<LogId, string>();
  problem: string | undefined;
  readonly #inner: MetaStore;

  constructor(inner: MetaStore) {
    this.#inner = inner;
    this.metaStore = {
      description: inner.description,
      get: (logId) => this.#get(logId),
      list: () => this.#list(),
      compareAndSet: (...args) => inner.compareAndSet(...args),
      proveWritable: (logId) => inner.proveWritable(logId),
      watch: (...args) => inner.watch(...args),
      history: (logId) => inner.history(logId),
      health: () => inner.health(),
      close: () => inner.close(),
    };
  }

  async #get(logId: LogId) {
    try {
      return await this.#inner.get(logId);
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.unreadable.set(logId, error.message);
      return undefined;
    }
  }

  async #list() {
    try {
      return await this.#inner.list();
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.problem = error.message;
      // For a look at the cluster it is the same whether the MetaStore is silent or says no.
      throw new PortError('unavailable', { subject: error.subject, message: error.message, cause: error });
    }
  }
}
