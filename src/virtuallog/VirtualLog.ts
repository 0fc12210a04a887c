import type { LogArchive } from '../archive/LogArchive.ts';
import type { Chain } from '../core/chain.ts';
import type { Entry } from '../core/entry.ts';
import type { LogId, LogletId, Position, ServerId } from '../core/ids.ts';
import type { ChainCache } from '../ports/ChainCache.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { Random } from '../ports/Random.ts';
import { type Reporter, silentReporter } from '../ports/Reporter.ts';
import type { AppendOptions } from './append.ts';
import { AppendLane, type AppendResult } from './appendLane.ts';
import { ChainView } from './chainView.ts';
import { type CheckTailOptions, checkTail, type Tail } from './checkTail.ts';
import { followed } from './closeRecords.ts';
import type { LogContext } from './context.ts';
import { type CreateLogRequest, createLog } from './createLog.ts';
import { type DetectorOptions, FailureDetector } from './detector.ts';
import type { LogSnapshots } from './logSnapshots.ts';
import { collectOrphans } from './orphans.ts';
import { DEFAULT_PATIENCE, type LogletPolicy, type Patience } from './policy.ts';
import { type ReadOptions, read } from './read.ts';
import {
  complete,
  type Reconfigured,
  type ReconfigureRequest,
  reconfigure,
} from './reconfigure/reconfigure.ts';
import { type FinalEnd, finalEnd } from './settle.ts';
import { mustBeTrimmable, type Trimmed, trim } from './trim.ts';

export interface VirtualLogOptions {
  readonly logId: LogId;
  readonly metaStore: MetaStore;
  /** Every server of the cluster, by the name that descriptors use. */
  readonly logServers: ReadonlyMap<ServerId, LogServer>;
  readonly snapshots?: LogSnapshots;
  readonly archive?: LogArchive;
  readonly clock: Clock;
  readonly random: Random;
  readonly chainCache?: ChainCache;
  readonly policy: LogletPolicy;
  readonly patience?: Partial<Patience>;
  /** What appends do when the log does not take them; a client that may not reconfigure only waits. */
  readonly append?: Partial<AppendOptions>;
  readonly reporter?: Reporter;
}

/**
 * One log's client: the loglets of its chain as one unbounded sequence (Delos §3). Errors are `DrError`; nothing
 * is ever said to have failed that may have been done.
 */
export class VirtualLog {
  readonly logId: LogId;
  readonly #ctx: LogContext;
  readonly #lane: AppendLane;
  #reconfiguring: Promise<unknown> = Promise.resolve();

  constructor(options: VirtualLogOptions) {
    const { logId, metaStore, chainCache: cache, patience, append, snapshots, archive, ...rest } = options;
    const reporter = options.reporter ?? silentReporter;
    this.logId = logId;
    this.#ctx = {
      ...rest,
      logId,
      metaStore,
      reporter,
      ...(snapshots && { snapshots }),
      ...(archive && { archive }),
      patience: { ...DEFAULT_PATIENCE, ...patience },
      view: new ChainView({
        ...{ logId, metaStore, cache, reporter },
        follow: (chain) => followed(options.logServers, chain),
      }),
      knownActive: new Set(),
    };
    this.#lane = new AppendLane(this.#ctx, { retryUnknown: true, mayReconfigure: true, ...append });
  }

  /** The chain known; read from the register, or the cache, when none is. */
  chain(): Promise<Chain> {
    return this.#ctx.view.usable();
  }

  /** The register's chain, linearizable. */
  refresh(): Promise<Chain> {
    return this.#ctx.view.fromRegister();
  }

  /** Durable and in the order of the calls. Throws `E_APPEND_FAILED` when certainly nothing is in the log. */
  append(payloads: readonly Uint8Array[]): Promise<AppendResult> {
    return this.#lane.append(payloads);
  }

  /** Where a loglet ended for good: what an unknown append was given below it is in the log. */
  async finalEnd(logletId: LogletId): Promise<FinalEnd> {
    return finalEnd(this.#ctx, await this.#ctx.view.refreshed(), logletId);
  }

  read(options: ReadOptions = {}): AsyncGenerator<Entry> {
    return read(this.#ctx, options);
  }

  checkTail(options: CheckTailOptions = {}): Promise<Tail> {
    return checkTail(this.#ctx, options);
  }

  /** The chain, where `trim` would be done; throws as it would. Changes nothing. */
  mustBeTrimmable(trimPoint: Position): Promise<Chain> {
    return mustBeTrimmable(this.#ctx, trimPoint);
  }

  trim(trimPoint: Position): Promise<Trimmed> {
    return trim(this.#ctx, trimPoint);
  }

  /** Ends the last loglet and goes on in a new one. One at a time in each client. */
  reconfigure(request: ReconfigureRequest = {}): Promise<Reconfigured> {
    const next = this.#reconfiguring.then(() => reconfigure(this.#ctx, request));
    this.#reconfiguring = next.catch(() => undefined);
    return next;
  }

  /** Finishes what another client left; starts nothing. */
  complete(): Promise<Chain> {
    return complete(this.#ctx);
  }

  /** The register must be empty, and nothing may be known of this log anywhere. */
  create(request: CreateLogRequest): Promise<Chain> {
    return createLog(this.#ctx, request);
  }

  /** Deletes loglets that lost their race for the register. */
  collectOrphans(): Promise<LogletId[]> {
    return collectOrphans(this.#ctx);
  }

  detector(options: DetectorOptions): FailureDetector {
    return new FailureDetector(this.#ctx, options);
  }
}
