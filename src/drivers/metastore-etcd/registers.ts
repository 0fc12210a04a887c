import { logIdSchema, toJson } from '../../codec/common.ts';
import { decodeJson, decodeRegister, metaStoreIdentitySchema } from '../../codec/metastore.ts';
import { type Chain, type ChainIdentity, identityOf } from '../../core/chain.ts';
import { DrError, PortError } from '../../core/errors.ts';
import type { ClusterId, LogId } from '../../core/ids.ts';
import { EtcdError } from './failures.ts';
import type { EtcdGateway } from './gateway.ts';
import {
  type Compare,
  encodeText,
  type KeyValue,
  type Operation,
  rangeReply,
  rangeRequest,
  txnReply,
  txnRequest,
} from './wire.ts';

const RANGE = { path: '/v3/kv/range', request: rangeRequest, reply: rangeReply };
const TXN = { path: '/v3/kv/txn', request: txnRequest, reply: txnReply };
const PAGE = 5_000;

/** One value that the register's key had. `place` is etcd's revision, `count` how many writes there were by then. */
export interface Written {
  readonly place: bigint;
  readonly count: bigint;
  readonly text: string;
}

/** What a compare-and-set rests on, read at one revision. */
export interface Before {
  readonly written: Written | undefined;
  /** The small key beside the register, as it is: written with every value, see `change`. */
  readonly identity: string | undefined;
  readonly cluster: string | undefined;
}

export type Keys = ReturnType<typeof keysUnder>;

/** docs/formats.md, "The `etcd` MetaStore". Nothing else of this etcd is read or written. */
export function keysUnder(prefix: string) {
  return {
    cluster: `${prefix}/cluster`,
    probe: `${prefix}/probe`,
    logs: `${prefix}/logs/`,
    register: (logId: LogId) => `${prefix}/logs/${logId}`,
    identity: (logId: LogId) => `${prefix}/identities/${logId}`,
  };
}

/** The keys of one cluster's registers. Reads are linearizable. Throws `EtcdError`, and what is wrong with a value. */
export class EtcdRegisters {
  readonly keys: Keys;
  readonly #gateway: EtcdGateway;
  readonly #clusterId: ClusterId | undefined;

  constructor(gateway: EtcdGateway, prefix: string, clusterId: ClusterId | undefined) {
    this.#gateway = gateway;
    this.keys = keysUnder(prefix);
    this.#clusterId = clusterId;
  }

  /** `at`: as it was at that revision; throws with the reason `compacted` when etcd does not keep it any more. */
  async read(logId: LogId, at?: bigint): Promise<{ written: Written | undefined; revision: bigint }> {
    const reply = await this.#gateway.read(RANGE, {
      key: encodeText(this.keys.register(logId)),
      ...(at === undefined ? {} : { revision: String(at) }),
    });
    return { written: writtenIn(reply.kvs[0]), revision: reply.header.revision };
  }

  /** The small key beside the register: enough to see that nothing happened. */
  async readIdentity(logId: LogId): Promise<{ identity: string | undefined; revision: bigint }> {
    const reply = await this.#gateway.read(RANGE, { key: encodeText(this.keys.identity(logId)) });
    return { identity: reply.kvs[0]?.value, revision: reply.header.revision };
  }

  /** The value written at exactly this revision; `undefined` when etcd does not keep it any more. */
  async writtenAt(logId: LogId, place: bigint): Promise<Written | undefined> {
    try {
      const { written } = await this.read(logId, place);
      return written?.place === place ? written : undefined;
    } catch (error) {
      if (error instanceof EtcdError && error.reason === 'compacted') return undefined;
      throw error;
    }
  }

  /** The values that etcd keeps, newest first, and the revision at which this was so. */
  async *newestFirst(logId: LogId, now?: Written): AsyncIterable<Written> {
    let written = now ?? (await this.read(logId)).written;
    while (written !== undefined) {
      yield written;
      // The first write of this key: nothing lies before it but what somebody deleted.
      if (written.count <= 1n) return;
      try {
        written = (await this.read(logId, written.place - 1n)).written;
      } catch (error) {
        if (error instanceof EtcdError && error.reason === 'compacted') return;
        throw error;
      }
    }
  }

  /** All at one revision, so that a compare-and-set can be made from it. */
  async readForChange(logId: LogId): Promise<Before> {
    const keys = [this.keys.register(logId), this.keys.identity(logId), this.keys.cluster];
    const success = keys.map((key): Operation => ({ request_range: { key: encodeText(key) } }));
    const { responses } = await this.#gateway.read(TXN, { compare: [], success, failure: [] });
    const [register, identity, cluster] = responses.map((one) => one.response_range?.kvs[0]);
    return { written: writtenIn(register), identity: identity?.value, cluster: cluster?.value };
  }

  /**
   * Writes the value iff nothing of what was read has changed; answers whether it did. The revision alone would not
   * do: after a forced new cluster it can be that of another value. What the register holds is compared by its small
   * identity key, so that a request does not carry two chains.
   */
  async change(before: Before, chain: Chain, text: string): Promise<boolean> {
    const { register, identity, cluster } = this.keys;
    const { clusterId, logId } = chain;
    const key = encodeText(register(logId));
    const place = String(before.written?.place ?? 0n);
    const puts: [string, string][] = [
      [register(logId), text],
      [identity(logId), identityText(identityOf(chain))],
      ...(before.cluster === undefined
        ? [[cluster, toJson({ schemaVersion: 1, clusterId })] satisfies [string, string]]
        : []),
    ];
    const { succeeded } = await this.#gateway.change(TXN, {
      compare: [
        { key, target: 'MOD', result: 'EQUAL', mod_revision: place },
        unchanged(identity(logId), before.identity),
        unchanged(cluster, before.cluster),
      ],
      success: puts.map(([name, value]) => ({
        request_put: { key: encodeText(name), value: encodeText(value) },
      })),
      failure: [],
    });
    return succeeded;
  }

  /** A write through the majority that also needs the right to write this register, and leaves it alone. */
  async probe(logId: LogId): Promise<void> {
    const key = encodeText(this.keys.register(logId));
    await this.#gateway.change(TXN, {
      compare: [{ key, target: 'VERSION', result: 'LESS', version: '0' }],
      success: [{ request_put: { key, ignore_value: true } }],
      failure: [{ request_put: { key: encodeText(this.keys.probe), value: encodeText('a probe') } }],
    });
  }

  async list(): Promise<LogId[]> {
    const logs: LogId[] = [];
    // The first key after all that begin with it.
    const end = encodeText(`${this.keys.logs.slice(0, -1)}0`);
    let from = this.keys.logs;
    let revision: bigint | undefined;
    for (;;) {
      const page = await this.#gateway.read(RANGE, {
        key: encodeText(from),
        range_end: end,
        keys_only: true,
        limit: String(PAGE),
        ...(revision === undefined ? {} : { revision: String(revision) }),
      });
      revision ??= page.header.revision;
      logs.push(...page.kvs.map(({ key }) => this.#logIdOf(key)));
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) return logs;
      from = `${last.key}\0`;
    }
  }

  decode(logId: LogId, written: Written): Chain;
  decode(logId: LogId, written: Written | undefined): Chain | undefined;
  decode(logId: LogId, written: Written | undefined): Chain | undefined {
    if (written === undefined) return undefined;
    const decoded = decodeRegister(logId, written.text);
    if (!decoded.ok)
      throw new PortError('corrupt', {
        subject: `etcd register ${logId}`,
        message: `the value of ${this.keys.register(logId)} at revision ${written.place} is damaged. ${decoded.problem} It was not used, and not changed`,
      });
    this.mustBelong(decoded.value.clusterId, this.#clusterId);
    return decoded.value;
  }

  /** Whose registers these are was written with the first of them. */
  async mustBeOurs(): Promise<void> {
    const { kvs } = await this.#gateway.read(RANGE, { key: encodeText(this.keys.cluster) });
    this.checkCluster(kvs[0]?.value, this.#clusterId);
  }

  /** `text`: what the cluster key holds. */
  checkCluster(text: string | undefined, asked: ClusterId | undefined): void {
    if (text === undefined) return;
    const held = decodeJson(metaStoreIdentitySchema, text);
    if (held.ok) {
      this.mustBelong(held.value.clusterId, asked);
      return;
    }
    throw new PortError('corrupt', {
      subject: 'etcd',
      message: `${this.keys.cluster} is damaged. ${held.problem} The registers were not touched`,
    });
  }

  mustBelong(held: ClusterId, asked: ClusterId | undefined): void {
    if (asked === undefined || held === asked) return;
    throw new DrError('E_WRONG_CLUSTER', {
      message: `The registers under ${this.keys.logs} in etcd belong to cluster ${held}, not to ${asked}. Nothing was written.`,
      hint: 'Check `metaStore.prefix` and `cluster.id`.',
      context: { held, asked },
    });
  }

  #logIdOf(key: string): LogId {
    const decoded = logIdSchema.safeParse(key.slice(this.keys.logs.length));
    if (decoded.success) return decoded.data;
    throw new PortError('corrupt', {
      subject: 'etcd list',
      message: `${JSON.stringify(key)} is no register: something else writes under this prefix. Nothing was changed`,
    });
  }
}

/** What the identity key holds beside a value. */
export function identityText({ generation, version, digest }: ChainIdentity): string {
  return toJson({ generation, version, digest });
}

/** An absent key has the revision 0. */
function unchanged(key: string, value: string | undefined): Compare {
  return value === undefined
    ? { key: encodeText(key), target: 'MOD', result: 'EQUAL', mod_revision: '0' }
    : { key: encodeText(key), target: 'VALUE', result: 'EQUAL', value: encodeText(value) };
}

function writtenIn(kv: KeyValue | undefined): Written | undefined {
  return kv && { place: kv.mod_revision, count: kv.version, text: kv.value };
}
