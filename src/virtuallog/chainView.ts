import { type Chain, chainDigest, chainProblems } from '../core/chain.ts';
import { DrError, isPortError, type PortError } from '../core/errors.ts';
import { compareGenerations, describeGeneration } from '../core/generation.ts';
import type { LogId } from '../core/ids.ts';
import type { ChainCache } from '../ports/ChainCache.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { Reporter } from '../ports/Reporter.ts';

/** What a look at the register gave. All but `read` leave the chain known before as it was. */
export type Look =
  | { readonly look: 'read'; readonly chain: Chain }
  | { readonly look: 'empty' }
  | { readonly look: 'older'; readonly chain: Chain }
  | { readonly look: 'different'; readonly chain: Chain }
  | { readonly look: 'unavailable'; readonly error: PortError };

/**
 * The chain as this client knows it. It only moves forward, by generation and then by version: an empty register
 * where there was a chain is a lost MetaStore, and an older one is a restored backup; neither hides a segment.
 */
export class ChainView {
  readonly #logId: LogId;
  readonly #metaStore: MetaStore;
  readonly #cache: ChainCache | undefined;
  readonly #reporter: Reporter;
  readonly #follow: (chain: Chain) => Promise<Chain>;
  #known: Chain | undefined;
  /** Further than the one known, by close records alone. Never cached, never compared with the register. */
  #followed: Chain | undefined;
  #cacheRead = false;

  constructor(parts: {
    logId: LogId;
    metaStore: MetaStore;
    cache: ChainCache | undefined;
    reporter: Reporter;
    /** Where the log went on since a chain was read, by what its servers say. */
    follow?: (chain: Chain) => Promise<Chain>;
  }) {
    this.#logId = parts.logId;
    this.#metaStore = parts.metaStore;
    this.#cache = parts.cache;
    this.#reporter = parts.reporter;
    this.#follow = parts.follow ?? (async (chain) => chain);
  }

  get known(): Chain | undefined {
    return this.#known;
  }

  /** The newest chain that can be had: from the register, else the one known. For appends and reads. */
  async usable(): Promise<Chain> {
    return this.#furthest() ?? this.refreshed();
  }

  /** As `usable`, after a look at the register; where that does not help, at the close records of the last loglet. */
  async refreshed(): Promise<Chain> {
    const look = await this.look();
    const furthest = this.#furthest();
    if (furthest === undefined)
      throw look.look === 'unavailable' ? metaStoreFailed(look.error) : unknownLog(this.#logId);
    if (look.look === 'read') return furthest;
    this.#followed = await this.#follow(furthest);
    return this.#followed;
  }

  #furthest(): Chain | undefined {
    const [known, followed] = [this.#known, this.#followed];
    if (known === undefined || followed === undefined) return known;
    return compareChains(followed, known) > 0 ? followed : known;
  }

  /** The register's value, linearizable, or an error that says why nothing may be built on it. */
  async fromRegister(): Promise<Chain> {
    const look = await this.look();
    switch (look.look) {
      case 'read':
        return look.chain;
      case 'unavailable':
        throw metaStoreFailed(look.error);
      case 'empty':
        throw this.#known === undefined ? unknownLog(this.#logId) : metaStoreLost(this.#known);
      default:
        throw staleRegister(look, this.#known);
    }
  }

  async look(): Promise<Look> {
    await this.#readCache();
    let chain: Chain | undefined;
    try {
      chain = await this.#metaStore.get(this.#logId);
    } catch (error) {
      if (!isPortError(error)) throw error;
      return { look: 'unavailable', error };
    }
    return chain === undefined ? { look: 'empty' } : this.learn(chain);
  }

  /** Takes a value that was read from the register, or installed in it, if it is not behind the one known. */
  async learn(chain: Chain): Promise<Look> {
    const problems = chainProblems(chain);
    if (problems.length > 0)
      throw new DrError('E_CONTRADICTION', {
        message: `The register of log ${this.#logId} holds a malformed chain: ${problems.join(' ')}`,
      });
    const known = this.#known;
    const order = known === undefined ? 1 : compareChains(chain, known);
    if (order < 0) return { look: 'older', chain };
    if (order === 0 && known !== undefined)
      return chainDigest(chain) === chainDigest(known)
        ? { look: 'read', chain: known }
        : { look: 'different', chain };
    this.#known = chain;
    await this.#save(chain);
    return { look: 'read', chain };
  }

  async #readCache(): Promise<void> {
    if (this.#cacheRead || this.#cache === undefined) return;
    this.#cacheRead = true;
    try {
      const cached = await this.#cache.load(this.#logId);
      if (cached !== undefined && (this.#known === undefined || compareChains(cached, this.#known) > 0))
        this.#known = cached;
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.#reporter.warn(`The cached chain of log ${this.#logId} is not used: ${error.message}`);
    }
  }

  async #save(chain: Chain): Promise<void> {
    try {
      await this.#cache?.save(chain);
    } catch (error) {
      if (!isPortError(error)) throw error;
      this.#reporter.warn(`The chain of log ${this.#logId} could not be cached: ${error.message}`);
    }
  }
}

/** By generation, then by version: how far a chain has come. */
export function compareChains(a: Chain, b: Chain): number {
  return compareGenerations(a.generation, b.generation) || a.version - b.version;
}

/** `truth` says what is true of the log. */
export function metaStoreFailed(
  error: PortError,
  truth = 'Nothing was changed; appends go on with the chain known.',
): DrError {
  switch (error.failure) {
    case 'denied':
      return new DrError('E_DENIED', {
        message: `The MetaStore denied it (${error.message}). ${truth}`,
        cause: error,
      });
    case 'corrupt':
      return new DrError('E_CORRUPT', {
        message: `The MetaStore's own data is damaged (${error.message}). ${truth}`,
        hint: 'Run `vlog-dr rebuild-metastore --from-loglets`: the loglets have the chain.',
        cause: error,
      });
    default:
      return new DrError('E_METASTORE_UNAVAILABLE', {
        message: `The MetaStore did not answer (${error.message}). ${truth}`,
        cause: error,
      });
  }
}

function unknownLog(logId: LogId): DrError {
  return new DrError('E_UNKNOWN_LOG', { message: `The MetaStore has no chain of log ${logId}.` });
}

function metaStoreLost(known: Chain): DrError {
  return new DrError('E_METASTORE_LOST', {
    message: `The register of log ${known.logId} is empty, and this client knows its version ${known.version}. The log is unchanged; it cannot be reconfigured until its chain is rebuilt.`,
    context: { logId: known.logId, knownVersion: known.version },
  });
}

function staleRegister(
  look: { look: 'older' | 'different'; chain: Chain },
  known: Chain | undefined,
): DrError {
  const name = (chain: Chain | undefined) =>
    chain === undefined
      ? 'none'
      : `version ${chain.version} of generation ${describeGeneration(chain.generation)}`;
  const message =
    look.look === 'older'
      ? `The register of log ${look.chain.logId} holds ${name(look.chain)}; this client has read ${name(known)} before.`
      : `The register of log ${look.chain.logId} holds another ${name(look.chain)} than this client has read before.`;
  return new DrError('E_STALE_REGISTER', {
    message: `${message} Nothing was changed.`,
    context: { registerVersion: look.chain.version, knownVersion: known?.version },
  });
}
