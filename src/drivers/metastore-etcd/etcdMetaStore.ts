import { Buffer } from 'node:buffer';
import { encodeRegister } from '../../codec/metastore.ts';
import type { Chain, ChainIdentity } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { ClusterId, LogId } from '../../core/ids.ts';
import type { CompareAndSetOutcome, MetaStore, MetaStoreHealth } from '../../ports/MetaStore.ts';
import { compareAndSet } from './compareAndSet.ts';
import { EtcdError, translate, translated } from './failures.ts';
import { EtcdGateway, type GatewayOptions } from './gateway.ts';
import { healthOf } from './health.ts';
import { laterThan } from './later.ts';
import { EtcdRegisters } from './registers.ts';
import { watchRegister } from './watch.ts';

export interface EtcdMetaStoreOptions extends GatewayOptions {
  /** All keys begin with it and a slash; it begins with a slash and does not end with one. */
  readonly prefix: string;
  readonly clusterId?: ClusterId;
  /** etcd's own `--max-request-bytes`, when it is not the usual one. */
  readonly maxRequestBytes?: number;
  /** Told when a watch cannot give out values because etcd was compacted meanwhile. */
  onSkipped?(message: string): void;
}

/** etcd's default limit of a request. */
const MAX_REQUEST_BYTES = 1_572_864;
/** Keys, compares and framing around the value. */
const AROUND_BYTES = 8 * 1024;
/** What one reconfiguration may add: the largest nodeset, with long names. */
const ROOM_BYTES = 64 * 1024;

/** Registers in etcd (3.4 and later), over its JSON gateway: one key for each log. See docs/formats.md. */
export class EtcdMetaStore implements MetaStore {
  readonly description;
  readonly #options: EtcdMetaStoreOptions;
  readonly #gateway: EtcdGateway;
  readonly #registers: EtcdRegisters;

  constructor(options: EtcdMetaStoreOptions) {
    this.#options = options;
    this.description = { kind: 'etcd', endpoints: options.endpoints };
    this.#gateway = new EtcdGateway(options);
    this.#registers = new EtcdRegisters(this.#gateway, options.prefix, options.clusterId);
  }

  get(logId: LogId): Promise<Chain | undefined> {
    return translated(`get ${logId}`, async () =>
      this.#registers.decode(logId, (await this.#registers.read(logId)).written),
    );
  }

  list(): Promise<LogId[]> {
    return translated('list', async () => {
      await this.#registers.mustBeOurs();
      return await this.#registers.list();
    });
  }

  async compareAndSet(
    logId: LogId,
    expected: ChainIdentity | undefined,
    chain: Chain,
  ): Promise<CompareAndSetOutcome> {
    const text = encodeRegister(logId, chain);
    this.#registers.mustBelong(chain.clusterId, this.#options.clusterId);
    this.#mustFit(logId, Buffer.byteLength(text), 0);
    try {
      return await compareAndSet(this.#registers, expected, { chain, text });
    } catch (error) {
      if (error instanceof EtcdError && error.reason === 'tooLarge')
        throw tooLarge(logId, Buffer.byteLength(text), 'etcd refused it');
      throw translate(`compareAndSet ${logId}`, error);
    }
  }

  /** Also that the chain may still grow: a log must not be sealed and then have no room for its next segment. */
  proveWritable(logId: LogId): Promise<void> {
    return translated(`prove writable ${logId}`, async () => {
      const { written, cluster } = await this.#registers.readForChange(logId);
      this.#registers.checkCluster(cluster, this.#options.clusterId);
      this.#registers.decode(logId, written);
      this.#mustFit(logId, Buffer.byteLength(written?.text ?? ''), ROOM_BYTES);
      await this.#registers.probe(logId);
    });
  }

  watch(logId: LogId, after: ChainIdentity | undefined, signal: AbortSignal): AsyncIterable<Chain> {
    const onSkipped = (count: bigint, chain: Chain) =>
      this.#options.onSkipped?.(
        `etcd was compacted: ${count} value${count === 1n ? '' : 's'} of log ${logId} before version ${chain.version} cannot be read any more.`,
      );
    const parts = { registers: this.#registers, gateway: this.#gateway, logId, signal, onSkipped };
    return watchRegister(parts, after);
  }

  async *history(logId: LogId): AsyncIterable<Chain> {
    const registers = this.#registers;
    const subject = `history ${logId}`;
    const { places } = await translated(subject, () => laterThan(registers, logId, undefined));
    for (const place of places) {
      const chain = await translated(subject, async () =>
        registers.decode(logId, await registers.writtenAt(logId, place)),
      );
      // Compacted since it was found.
      if (chain !== undefined) yield chain;
    }
  }

  health(): Promise<MetaStoreHealth> {
    return healthOf(this.#gateway, this.#options.endpoints, () => this.list());
  }

  async close(): Promise<void> {
    await this.#gateway.close();
  }

  #mustFit(logId: LogId, sizeBytes: number, roomBytes: number): void {
    const most = (this.#options.maxRequestBytes ?? MAX_REQUEST_BYTES) - AROUND_BYTES;
    if (sizeBytes + roomBytes <= most) return;
    const room = roomBytes > 0 ? ` and needs room for ${roomBytes} more` : '';
    throw tooLarge(logId, sizeBytes, `it has${room}, and etcd takes ${most}`);
  }
}

function tooLarge(logId: LogId, sizeBytes: number, why: string): DrError {
  return new DrError('E_CHAIN_TOO_LARGE', {
    message: `The chain of log ${logId} is too large for etcd: ${sizeBytes} bytes (${why}). Nothing was written, and the register is as it was.`,
    context: { logId, sizeBytes },
  });
}
