import { crc32c } from '../../src/codec/checksum.ts';
import { sha256 } from '../../src/core/canonical.ts';
import { type Chain, extendChain } from '../../src/core/chain.ts';
import {
  type Descriptor,
  descriptorDigest,
  segmentOf,
  successorDescriptor,
} from '../../src/core/descriptor.ts';
import type { NodesetMember } from '../../src/core/durability.ts';
import { FIRST_GENERATION } from '../../src/core/generation.ts';
import { incarnation, type LogId, logId, logletId, type ServerId, serverId } from '../../src/core/ids.ts';
import { systemRandom } from '../../src/drivers/local/random.ts';
import { openStore } from '../../src/logserver/lmdb/open.ts';
import type { LmdbLogStore } from '../../src/logserver/lmdb/store.ts';
import type { LogletRecord, Write } from '../../src/logserver/records.ts';
import { ownership } from '../../src/main/ownership.ts';
import type { BenchCluster } from './cluster.ts';

export interface Fill {
  readonly logs: number;
  readonly segmentsPerLog: number;
  /** What the logs are called: `<prefix><number>`. */
  readonly prefix: string;
}

const COMMIT_WRITES = 4_096;
const NODESET = 3;

/**
 * Fills the stores of a cluster as reconfigurations would have, faster than they could: every segment but the last is
 * sealed and closed, every one holds an entry. The servers are stopped meanwhile and started again; the registers stay
 * empty. Answers with the chains.
 */
export async function fillStores(cluster: BenchCluster, fill: Fill): Promise<Chain[]> {
  const ids = cluster.logServers.map(({ id }) => id);
  await cluster.sandbox('kill', ...ids);
  const stores = await openAll(cluster);
  const chains: Chain[] = [];
  try {
    const members = membersOf(stores);
    for (let number = 1; number <= fill.logs; number += 1) {
      const log = new FilledLog(cluster, logId(`${fill.prefix}${number}`), rotated(members, number));
      for (let index = 0; index < fill.segmentsPerLog; index += 1) log.extend();
      chains.push(log.chain());
      await Promise.all(log.copies().map(([id, copies]) => stores.get(id)?.add(copies)));
    }
    await Promise.all([...stores.values()].map((store) => store.end()));
  } finally {
    await Promise.all([...stores.values()].map((store) => store.close()));
  }
  await cluster.sandbox('start', ...ids);
  return chains;
}

interface Copy {
  readonly descriptor: Descriptor;
  /** Absent for the last segment: it is active. */
  readonly successor?: Descriptor;
}

/** One log, segment by segment, each on other members. */
class FilledLog {
  readonly #cluster: BenchCluster;
  readonly #logId: LogId;
  readonly #members: readonly NodesetMember[];
  readonly #random = systemRandom();
  readonly #descriptors: Descriptor[] = [];
  #chain: Chain | undefined;

  constructor(cluster: BenchCluster, log: LogId, members: readonly NodesetMember[]) {
    this.#cluster = cluster;
    this.#logId = log;
    this.#members = members;
  }

  chain(): Chain {
    if (this.#chain === undefined) throw new Error('a log has at least one segment');
    return this.#chain;
  }

  extend(): void {
    const { policy } = this.#cluster.connection.cluster;
    const index = this.#descriptors.length;
    const nodeset = rotated(this.#members, index).slice(0, NODESET);
    const chosen = {
      logletId: logletId(this.#random.ulid()),
      kind: 'native' as const,
      nodeset,
      durability: policy.durability,
      nextRules: policy.nextRules,
      snapshots: policy.snapshots,
      sequencer: {
        serverId: nodeset[0]?.serverId ?? serverId('none'),
        incarnation: incarnation(this.#random.uuid()),
      },
      stores: this.#members.map(({ serverId: id, storeId }) => ({ serverId: id, storeId })),
      createdAt: 0,
    };
    const chain = this.#chain;
    const descriptor =
      chain === undefined ? this.#first(chosen) : successorDescriptor(chain, BigInt(index), chosen);
    this.#descriptors.push(descriptor);
    const segment = segmentOf(descriptor);
    this.#chain = chain === undefined ? chainOf(descriptor) : extendChain(chain, segment, descriptor);
  }

  copies(): [ServerId, Copy[]][] {
    const copies = new Map<ServerId, Copy[]>();
    for (const [place, descriptor] of this.#descriptors.entries()) {
      const successor = this.#descriptors[place + 1];
      for (const { serverId: id } of descriptor.nodeset)
        copies.set(id, [...(copies.get(id) ?? []), { descriptor, ...(successor && { successor }) }]);
    }
    return [...copies];
  }

  #first(chosen: Parameters<typeof successorDescriptor>[2]): Descriptor {
    return {
      ...chosen,
      clusterId: this.#cluster.connection.cluster.clusterId,
      logId: this.#logId,
      index: 0,
      start: 0n,
      chainVersion: 1,
      generation: FIRST_GENERATION,
      lineage: [],
      chainDigest: sha256(''),
      retired: [],
    };
  }
}

function chainOf(descriptor: Descriptor): Chain {
  const { clusterId, logId: log, generation, nextRules, snapshots } = descriptor;
  const segments = [segmentOf(descriptor)];
  const start = { version: 1, generationStart: 1, trimPoint: 0n, retired: [] };
  return { clusterId, logId: log, generation, ...start, segments, nextRules, snapshots };
}

/** Writes copies into one stopped server's store. */
class Filling {
  readonly store: LmdbLogStore;
  #writes: Write[] = [];
  #nextCopy: number;

  constructor(store: LmdbLogStore) {
    this.store = store;
    this.#nextCopy = store.server().nextCopy;
  }

  async add(copies: readonly Copy[]): Promise<void> {
    for (const copy of copies) this.#put(copy);
    if (this.#writes.length >= COMMIT_WRITES) await this.store.commit(this.#writes.splice(0));
  }

  async end(): Promise<void> {
    this.#writes.push({ write: 'server', record: { ...this.store.server(), nextCopy: this.#nextCopy } });
    await this.store.commit(this.#writes.splice(0));
  }

  close(): Promise<void> {
    return this.store.close();
  }

  #put({ descriptor, successor }: Copy): void {
    const { logletId: id, logId: log, start, chainVersion } = descriptor;
    const copy = this.#nextCopy++;
    const end = start + 1n;
    const payload = Buffer.from(`entry ${start}`);
    const open: LogletRecord = {
      ...{ logletId: id, logId: log, descriptorDigest: descriptorDigest(descriptor), copy },
      ...{ start, firstHeld: start, localTail: end, sealed: false },
      ...{ activatedAt: chainVersion, knownCommitted: end },
    };
    const ended: Partial<LogletRecord> = successor === undefined ? {} : closedBy(successor, end);
    this.#writes.push(
      { write: 'descriptor', descriptor },
      { write: 'loglet', record: { ...open, ...ended } },
      { write: 'entry', copy, entry: { position: start, payload, crc: crc32c(payload) } },
    );
  }
}

function closedBy(successor: Descriptor, end: bigint): Partial<LogletRecord> {
  const { logletId: id, nodeset, chainVersion } = successor;
  return {
    sealed: true,
    tailAtSeal: end,
    close: { end, successor: { logletId: id, nodeset, chainVersion } },
  };
}

async function openAll(cluster: BenchCluster): Promise<Map<ServerId, Filling>> {
  const owner = await ownership();
  const { clusterId, locations } = cluster.connection.cluster;
  const opened = new Map<ServerId, Filling>();
  for (const { id, dataDir } of cluster.logServers) {
    const location = locations.get(serverId(id)) ?? '';
    const random = systemRandom();
    const options = { dataDir, serverId: serverId(id), clusterId, location, format: false, owner, random };
    opened.set(serverId(id), new Filling(await openStore(options)));
  }
  return opened;
}

function membersOf(stores: ReadonlyMap<ServerId, Filling>): NodesetMember[] {
  return [...stores.values()].map(({ store }) => {
    const { serverId: id, storeId, location } = store.server();
    return { serverId: id, storeId, location };
  });
}

function rotated<T>(all: readonly T[], by: number): T[] {
  const shift = by % all.length;
  return [...all.slice(shift), ...all.slice(0, shift)];
}
