import type { Chain, Segment } from '../../../src/core/chain.ts';
import type { Descriptor } from '../../../src/core/descriptor.ts';
import type { Entry } from '../../../src/core/entry.ts';
import type { LogId, LogletId, Position, ServerId, StoreId } from '../../../src/core/ids.ts';
import { containsCommitQuorum, isSealQuorum, quorumSystem } from '../../../src/core/quorum.ts';
import type { Write } from '../../../src/logserver/records.ts';
import { isEarlier } from './generations.ts';

/** An entry that somebody was told is in the log. */
export interface Acked {
  readonly logId: LogId;
  readonly position: Position;
  readonly payload: string;
  readonly at: number;
  readonly logletId?: LogletId;
}

/** An entry that a reader was given. */
export interface Served {
  readonly logId: LogId;
  readonly position: Position;
  readonly payload: string;
  readonly at: number;
  readonly reader: string;
}

export interface InstalledChain {
  /** Whose register. */
  readonly metaStore: string;
  readonly chain: Chain;
  readonly at: number;
  /** Stores of the last segment's nodeset that held its descriptor at that moment. */
  readonly provisionedOn: number;
}

export interface TailClaim {
  readonly logId: LogId;
  readonly kind: string;
  readonly tail: Position;
  /** The largest acknowledged position, exclusive, before the question was asked. */
  readonly ackedBefore: Position;
  readonly at: number;
}

/** The steps of a reconfiguration, as the disks and registers see them. */
export const MOMENTS = [
  'provisioned',
  'sealed',
  'installed',
  'activated',
  'active',
  'active',
  'stored',
] as const;
export type Moment = (typeof MOMENTS)[number];

/** What really happened in one loglet, whoever remembers it. */
export interface LogletTruth {
  readonly descriptor: Descriptor;
  readonly activated: Set<ServerId>;
  readonly sealed: Set<ServerId>;
  /** When its activation reached a commit quorum, if it did. */
  activeSince?: number;
  sealedSince?: number;
}

/**
 * Stands outside of the system and remembers what really happened: from the disks as they were written, from answers
 * as servers sent them (whether or not they arrived), from registers as they were set.
 */
export class Oracle {
  readonly acked: Acked[] = [];
  readonly served: Served[] = [];
  /** Payloads that were said to be in no log. */
  readonly denied: { readonly logId: LogId; readonly payload: string; readonly at: number }[] = [];
  readonly installed: InstalledChain[] = [];
  readonly tails: TailClaim[] = [];
  readonly loglets = new Map<LogletId, LogletTruth>();
  /** Found at the moment at which it happened. */
  readonly violations: { readonly invariant: string; readonly message: string; readonly at: number }[] = [];
  /** Told of every moment at which a disaster could strike. */
  onMoment: (kind: Moment) => void = () => {};
  readonly #elapsed: () => number;
  readonly #ackedTail = new Map<LogId, Position>();
  readonly #trims = new Map<LogId, Position>();
  readonly #newest = new Map<LogId, Chain>();

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  violate(invariant: string, message: string): void {
    this.violations.push({ invariant, message, at: this.#elapsed() });
  }

  /** A store's disk took these writes. */
  wrote(serverId: ServerId, storeId: StoreId, writes: readonly Write[]): void {
    for (const write of writes) {
      if (write.write === 'descriptor') {
        this.#provisioned(write.descriptor);
        this.onMoment('provisioned');
      } else if (write.write === 'entry') this.onMoment('stored');
      else if (write.write === 'loglet') this.#marked(serverId, storeId, write.record);
    }
  }

  /** `from`: by whom it was given its position, and the log's trim point when the append began. */
  ack(
    logId: LogId,
    position: Position,
    payload: string,
    from?: { readonly logletId: LogletId; readonly trimPoint: Position },
  ): void {
    const at = this.#elapsed();
    this.acked.push({ logId, position, payload, at, ...(from && { logletId: from.logletId }) });
    const tail = this.#ackedTail.get(logId) ?? 0n;
    if (position >= tail) this.#ackedTail.set(logId, position + 1n);
    // One that was determined, and not acknowledged yet, may be trimmed; one that did not exist may not.
    if (from !== undefined && position < from.trimPoint)
      this.violate(
        '9 nothing is born trimmed',
        `position ${position} of log ${logId} was given when the trim point was ${from.trimPoint}`,
      );
  }

  serve(logId: LogId, entry: Entry, reader: string): void {
    const payload = textOf(entry.payload);
    this.served.push({ logId, position: entry.position, payload, at: this.#elapsed(), reader });
  }

  deny(logId: LogId, payload: string): void {
    this.denied.push({ logId, payload, at: this.#elapsed() });
  }

  claimTail(claim: Omit<TailClaim, 'at'>): void {
    this.tails.push({ ...claim, at: this.#elapsed() });
  }

  install(metaStore: string, chain: Chain, provisionedOn: number): void {
    this.installed.push({ metaStore, chain, at: this.#elapsed(), provisionedOn });
    this.onMoment('installed');
    const newest = this.#newest.get(chain.logId);
    if (newest === undefined || !isEarlier(chain.generation, newest.generation))
      this.#newest.set(chain.logId, chain);
    if (chain.trimPoint > this.trimPoint(chain.logId)) this.#trims.set(chain.logId, chain.trimPoint);
  }

  ackedTail(logId: LogId): Position {
    return this.#ackedTail.get(logId) ?? 0n;
  }

  /** The largest that any register ever held. */
  trimPoint(logId: LogId): Position {
    return this.#trims.get(logId) ?? 0n;
  }

  /** In the newest register of the loglet's log: a recovery that lost its end may have lost its trim point too. */
  trimPointOf(logletId: LogletId): Position {
    const log = this.loglets.get(logletId)?.descriptor.logId;
    return (log && this.#newest.get(log)?.trimPoint) ?? 0n;
  }

  wasActive(logletId: LogletId, before = Number.POSITIVE_INFINITY): boolean {
    const since = this.loglets.get(logletId)?.activeSince;
    return since !== undefined && since <= before;
  }

  wasSealed(logletId: LogletId): boolean {
    return this.loglets.get(logletId)?.sealedSince !== undefined;
  }

  /** The value that a register held at a moment. */
  registerAt(metaStore: string, logId: LogId, at = Number.POSITIVE_INFINITY): Chain | undefined {
    return this.installed.findLast(
      (one) => one.metaStore === metaStore && one.chain.logId === logId && one.at <= at,
    )?.chain;
  }

  #provisioned(descriptor: Descriptor): void {
    if (!this.loglets.has(descriptor.logletId))
      this.loglets.set(descriptor.logletId, { descriptor, activated: new Set(), sealed: new Set() });
  }

  #marked(
    serverId: ServerId,
    storeId: StoreId,
    record: { readonly logletId: LogletId; readonly activatedAt?: number; readonly sealed: boolean },
  ): void {
    const truth = this.loglets.get(record.logletId);
    if (truth === undefined) return;
    const { descriptor } = truth;
    if (!descriptor.nodeset.some((member) => member.storeId === storeId)) return;
    const system = quorumSystem(descriptor.durability, descriptor.nodeset);
    if (record.activatedAt !== undefined && !truth.activated.has(serverId)) {
      truth.activated.add(serverId);
      this.onMoment('activated');
      if (truth.activeSince === undefined && containsCommitQuorum(system, truth.activated)) {
        truth.activeSince = this.#elapsed();
        this.onMoment('active');
      }
    }
    if (record.sealed && !truth.sealed.has(serverId)) {
      truth.sealed.add(serverId);
      this.onMoment('sealed');
      if (truth.sealedSince === undefined && isSealQuorum(system, truth.sealed))
        truth.sealedSince = this.#elapsed();
    }
  }
}

export function textOf(payload: Uint8Array): string {
  return decoder.decode(payload);
}

const decoder = new TextDecoder();

/** The segments of a chain by loglet. */
export function segmentsById(chain: Chain): Map<LogletId, Segment> {
  return new Map(chain.segments.map((segment) => [segment.logletId, segment]));
}
