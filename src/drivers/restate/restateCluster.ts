import { formatReplication } from '../../codec/restate/text.ts';
import { isPortError, PortError } from '../../core/errors.ts';
import type {
  DigestRange,
  NodeEvidence,
  PartitionLook,
  ReplicaLook,
  ScatteredCopy,
  SequencerLook,
} from '../../core/restate/evidence.ts';
import type { Replication } from '../../core/restate/values.ts';
import type { ExtendRequest, ForeignCluster } from '../../ports/ForeignCluster.ts';
import type { RegisterStore } from '../../ports/RegisterStore.ts';
import { answering } from './answering.ts';
import { BuiltinStore } from './builtinStore.ts';
import { RestateClient, type RestateClientOptions } from './client.ts';
import { addressesIn, evidenceOf, normalAddress } from './nodes.ts';
import { partitionLooks, replicaLooks, sequencerLooks, snapshotRepository } from './sql.ts';

export interface RestateClusterOptions extends RestateClientOptions {
  readonly addresses: readonly string[];
  /** Where the registers are when they are not in the nodes. Closed with the cluster. */
  readonly registers?: RegisterStore;
}

const CONTROL = 'cluster_ctrl.ClusterCtrlSvc';
const LOG_SERVER = 'log_server.LogServerSvc';
/** A seal waits for log-servers that may be dead, and for a write to the metadata store. */
const CONTROL_TIMEOUT_MS = 30_000;
/** Offsets are 32 bits on the wire. */
const DIGEST_STATES: Readonly<Record<string, DigestRange['state']>> = {
  EXISTS: 'exists',
  TRIMMED: 'trimmed',
  ARCHIVED: 'archived',
};

export class RestateCluster implements ForeignCluster {
  readonly kind = 'restate';
  readonly registers: RegisterStore;
  readonly #client: RestateClient;
  readonly #configured: readonly string[];
  /** Addresses that nodes told of. */
  readonly #found = new Set<string>();

  constructor(options: RestateClusterOptions) {
    this.#client = new RestateClient(options);
    this.#configured = options.addresses.map(normalAddress);
    this.registers = options.registers ?? new BuiltinStore(this.#client, () => this.#addresses());
  }

  async look(): Promise<readonly NodeEvidence[]> {
    const seen = new Map<string, NodeEvidence>();
    let asked = this.#addresses();
    while (asked.length > 0) {
      for (const one of await Promise.all(asked.map((address) => evidenceOf(this.#client, address)))) {
        seen.set(one.address, one);
        if (one.answer.kind === 'answered')
          for (const found of addressesIn(one.answer.caches)) this.#found.add(found);
      }
      asked = this.#addresses().filter((address) => !seen.has(address));
    }
    return [...seen.values()];
  }

  async copies(address: string, logletIds: readonly bigint[]): Promise<readonly ScatteredCopy[]> {
    return await Promise.all(logletIds.map((logletId) => this.#copy(address, logletId)));
  }

  async #copy(address: string, logletId: bigint): Promise<ScatteredCopy> {
    const { info } = await this.#client.ask<{ info: LogletInfo | null }>(address, {
      method: `${LOG_SERVER}/GetLogletInfo`,
      request: { loglet_id: logletId.toString() },
    });
    if (info?.header?.status !== 'OK' && info?.header?.status !== 'Status_OK')
      throw new PortError('unavailable', {
        subject: `restate GetLogletInfo at ${address}`,
        message: `it answers ${info?.header?.status ?? 'nothing'}`,
      });
    return {
      logletId,
      localTail: BigInt(info.header.local_tail),
      knownGlobalTail: BigInt(info.header.known_global_tail),
      sealed: info.header.sealed,
      trimPoint: BigInt(info.trim_point),
    };
  }

  async digest(
    address: string,
    { logletId, from, to }: { readonly logletId: bigint; readonly from: bigint; readonly to: bigint },
  ): Promise<readonly DigestRange[]> {
    const { digest } = await this.#client.ask<{ digest: DigestReply | null }>(address, {
      method: `${LOG_SERVER}/GetDigest`,
      request: { loglet_id: logletId.toString(), from_offset: Number(from), to_offset: Number(to) },
    });
    return (digest?.entries ?? []).map(({ from_offset, to_offset, status }) => ({
      from: BigInt(from_offset),
      to: BigInt(to_offset),
      state: DIGEST_STATES[status] ?? 'missing',
    }));
  }

  partitions(): Promise<readonly PartitionLook[] | undefined> {
    return partitionLooks(this.#client, this.#addresses());
  }

  replicas(): Promise<readonly ReplicaLook[] | undefined> {
    return replicaLooks(this.#client, this.#addresses());
  }

  snapshotRepository(): Promise<'configured' | 'none' | 'unknown'> {
    return snapshotRepository(this.#client, this.#addresses());
  }

  sequencers(): Promise<readonly SequencerLook[] | undefined> {
    return sequencerLooks(this.#client, this.#addresses());
  }

  async findTail(logId: number): Promise<{ readonly state: 'open' | 'sealed'; readonly lsn: bigint }> {
    const { tail_state, tail_lsn } = await this.#control<{ tail_state: string; tail_lsn: string }>(
      'FindTail',
      {
        log_id: logId,
      },
    );
    return { state: tail_state === 'SEALED' ? 'sealed' : 'open', lsn: BigInt(tail_lsn) };
  }

  async seal({
    logId,
    tail,
    reason,
  }: {
    readonly logId: number;
    readonly tail?: bigint;
    readonly reason: string;
  }) {
    const { tail_offset } = await this.#control<{ tail_offset: string }>(
      'SealChain',
      {
        log_id: logId,
        // Maps go as lists of pairs where descriptors come by reflection.
        context: [{ key: 'reason', value: reason }],
        ...(tail === undefined ? {} : { tail_lsn: tail.toString() }),
      },
      true,
    );
    return { lsn: BigInt(tail_offset) };
  }

  async sealAndExtend({ logId, replication, nodeset, sequencer }: ExtendRequest): Promise<void> {
    await this.#control(
      'SealAndExtendChain',
      {
        log_id: logId,
        min_version: { value: 0 },
        extension: {
          provider: 'replicated',
          replication: { replication_property: formatReplication(replication) },
          nodeset: nodeset.map((id) => ({ id })),
          sequencer: { id: sequencer },
        },
      },
      true,
    );
  }

  async setReplication(wanted: {
    readonly log: Replication;
    readonly partition: Replication;
  }): Promise<void> {
    const { cluster_configuration: current } = await this.#control<{ cluster_configuration: object }>(
      'GetClusterConfiguration',
      {},
    );
    await this.#control(
      'SetClusterConfiguration',
      {
        cluster_configuration: {
          ...current,
          partition_replication: { replication_property: formatReplication(wanted.partition) },
          bifrost_provider: {
            ...('bifrost_provider' in current ? (current.bifrost_provider as object) : {}),
            replication_property: { replication_property: formatReplication(wanted.log) },
          },
        },
      },
      true,
    );
  }

  async close(): Promise<void> {
    await this.registers.close();
    this.#client.close();
  }

  /** Through the first node that is able to: it must have joined, and have the admin role. */
  async #control<Reply extends object>(verb: string, request: object, changes = false): Promise<Reply> {
    let failure: unknown;
    for await (const address of answering(this.#client, this.#addresses())) {
      try {
        return await this.#client.ask<Reply>(address, {
          method: `${CONTROL}/${verb}`,
          request,
          timeoutMs: CONTROL_TIMEOUT_MS,
          ...(changes ? { changes } : {}),
        });
      } catch (error) {
        if (!isPortError(error, 'unavailable', 'notFound')) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #addresses(): string[] {
    return [...new Set([...this.#configured, ...this.#found])];
  }
}

interface LogletInfo {
  readonly header: {
    readonly status: string;
    readonly local_tail: number;
    readonly known_global_tail: number;
    readonly sealed: boolean;
  } | null;
  readonly trim_point: number;
}

interface DigestReply {
  readonly entries: readonly {
    readonly from_offset: number;
    readonly to_offset: number;
    readonly status: string;
  }[];
}
