import { decodeNodes, decodePartitionTable } from '../../codec/restate/decode.ts';
import { isPortError, PortError } from '../../core/errors.ts';
import { type RegisterSet, type RegisterValue, sameRegister } from '../../core/registerSet.ts';
import { CHAINS, EPOCH_PREFIX, NODES, PARTITIONS, RULES, SCHEMA } from '../../core/restate/values.ts';
import type { MetaStoreHealth } from '../../ports/MetaStore.ts';
import type { PutOutcome, RegisterStore } from '../../ports/RegisterStore.ts';
import { readUntilStill } from '../wrap/readUntilStill.ts';
import { answering } from './answering.ts';
import type { Call, RestateClient } from './client.ts';

interface VersionedValue {
  readonly version: { readonly value: number } | null;
  readonly bytes: Uint8Array;
}

interface StatusReply {
  readonly status: string;
  readonly leader: number;
  readonly configuration: { readonly members: readonly unknown[] } | null;
}

const PROXY = 'metadata_proxy_svc.MetadataProxySvc';
const SERVER = 'metadata_server_svc.MetadataServerSvc';

/** The registers that a partition table does not name. */
const FIXED = [NODES, CHAINS, PARTITIONS, SCHEMA, RULES] as const;

/**
 * Restate's own metadata store, in its nodes. Any node forwards to it once it has joined; before that, a node that
 * holds a part of the store answers itself.
 */
export class BuiltinStore implements RegisterStore {
  readonly description;
  readonly #client: RestateClient;
  readonly #addresses: () => readonly string[];

  /** `addresses`: those known now, the configured ones first. */
  constructor(client: RestateClient, addresses: () => readonly string[]) {
    this.#client = client;
    this.#addresses = addresses;
    this.description = { kind: 'restate', endpoints: addresses() };
  }

  async get(key: string): Promise<RegisterValue | undefined> {
    const reply = await this.#through<{ value: VersionedValue | null }>('Get', { key });
    const version = reply.value?.version?.value ?? 0;
    if (reply.value === null || version === 0) return undefined;
    return { version, bytes: new Uint8Array(reply.value.bytes) };
  }

  readAll(): Promise<RegisterSet> {
    return readUntilStill(this, () => this.#names());
  }

  async versions(): Promise<ReadonlyMap<string, number>> {
    const asked = await Promise.all(
      (await this.#names()).map(async (key) => {
        const reply = await this.#through<{ version: { readonly value: number } | null }>('GetVersion', {
          key,
        });
        return [key, reply.version?.value ?? 0] as const;
      }),
    );
    return new Map(asked.filter(([, version]) => version > 0));
  }

  /** The store cannot be listed: the partition table says which epochs there are. */
  async #names(): Promise<string[]> {
    const register = await this.get(PARTITIONS);
    const table = register && decodePartitionTable(register.bytes);
    if (table?.ok === false)
      throw new PortError('corrupt', { subject: `restate ${PARTITIONS}`, message: table.problem });
    return [...FIXED, ...(table?.value.partitions ?? []).map(({ id }) => `${EPOCH_PREFIX}${id}`)];
  }

  async compareAndSet(key: string, expected: number | undefined, value: RegisterValue): Promise<PutOutcome> {
    const precondition =
      expected === undefined
        ? { kind: 'DOES_NOT_EXIST' }
        : { kind: 'MATCHES_VERSION', version: { value: expected } };
    const request = {
      key,
      value: { version: { value: value.version }, bytes: Buffer.from(value.bytes) },
      precondition,
    };
    try {
      await this.#through('Put', request, true);
      return { outcome: 'installed' };
    } catch (error) {
      if (!isPortError(error, 'conflict')) throw error;
      return { outcome: 'conflict', current: await this.get(key) };
    }
  }

  /**
   * 1. Provision an empty store with the original nodes configuration, on one waiting node: same fingerprint, same ids.
   * 2. The epochs, before a node learns of partitions: it would make new ones, and others would die of the difference.
   * 3. The chains, and last the partition table.
   * A crash after any of them leaves registers that are exactly ours, which a second run finds and passes over.
   */
  async fill(set: RegisterSet): Promise<void> {
    await this.#provision(set);
    for (const [key, value] of fillOrder(set)) {
      const { outcome, current } = {
        current: undefined,
        ...(await this.compareAndSet(key, undefined, value)),
      };
      if (outcome === 'installed' || sameRegister(current, value)) continue;
      throw new PortError('conflict', {
        subject: `restate fill ${key}`,
        message: `the store holds version ${current?.version ?? 'none'} of it, which is something else. It was not changed`,
      });
    }
  }

  async proveWritable(): Promise<void> {
    const current = await this.get(NODES);
    if (current === undefined)
      throw new PortError('unavailable', { subject: 'restate metadata store', message: 'it is empty' });
    // The same value under the same version: a write through the majority that changes nothing.
    const outcome = await this.compareAndSet(NODES, current.version, current);
    if (outcome.outcome === 'conflict')
      throw new PortError('conflict', {
        subject: 'restate metadata store',
        message: 'it was changed meanwhile. Nothing was written',
        isTransient: true,
      });
  }

  async health(): Promise<MetaStoreHealth> {
    const [members, readable] = await Promise.all([
      Promise.all(this.#addresses().map((address) => this.#memberAt(address))),
      this.get(NODES).then(
        (value) => value !== undefined,
        () => false,
      ),
    ]);
    const voting = members.filter(({ detail }) => !/^(STANDBY|DISABLED|UNKNOWN)/i.test(detail ?? ''));
    const isWhole = voting.every(({ state, detail }) => state === 'ok' && /^MEMBER/i.test(detail ?? ''));
    return { health: !readable ? 'lost' : isWhole ? 'ok' : 'degraded', members: voting };
  }

  async close(): Promise<void> {
    // The client belongs to the cluster.
  }

  async #memberAt(address: string): Promise<MetaStoreHealth['members'][number]> {
    try {
      const reply = await this.#client.ask<StatusReply>(address, { method: `${SERVER}/Status` });
      const word = reply.status.replace(/^MetadataServerStatus_/, '');
      const leader = reply.leader > 0 ? `, the leader is N${reply.leader}` : ', without a leader';
      return {
        id: address,
        endpoint: address,
        state: 'ok',
        detail: word === 'MEMBER' ? `${word}${leader}` : word,
      };
    } catch (error) {
      if (!isPortError(error)) throw error;
      return { id: address, endpoint: address, state: 'unreachable', detail: error.message };
    }
  }

  async #provision(set: RegisterSet): Promise<void> {
    const nodes = set.get(NODES);
    const ours = nodes && decodeNodes(nodes.bytes);
    if (nodes === undefined || ours?.ok !== true)
      throw new PortError('corrupt', {
        subject: 'restate fill',
        message: `there is no sound ${NODES} to begin with`,
      });
    const there = await this.get(NODES).catch((error: unknown) => {
      if (isPortError(error, 'unavailable')) return undefined;
      throw error;
    });
    const theirs = there && decodeNodes(there.bytes);
    if (theirs?.ok === true && theirs.value.fingerprint === ours.value.fingerprint) return;
    if (there !== undefined)
      throw new PortError('conflict', {
        subject: 'restate fill',
        message: 'the store already belongs to another cluster. Nothing was written',
      });
    await this.#provisionOneOf(nodes);
  }

  async #provisionOneOf(nodes: RegisterValue): Promise<void> {
    for (const address of this.#addresses()) {
      const { detail } = await this.#memberAt(address);
      if (detail !== 'AWAITING_PROVISIONING') continue;
      const request = { nodes_configuration: Buffer.from(nodes.bytes) };
      await this.#client.ask(address, { method: `${SERVER}/Provision`, request, changes: true });
      return;
    }
    throw new PortError('unavailable', {
      subject: 'restate fill',
      message: 'no node waits for a metadata store to be provisioned. Nothing was written',
    });
  }

  /**
   * The first node that can: a node that has joined forwards, another answers for its own part of the store. A call
   * that changes something goes on to the next only if the one before certainly did nothing.
   */
  async #through<Reply extends object>(verb: string, request: object, changes = false): Promise<Reply> {
    let failure: unknown;
    for await (const address of answering(this.#client, this.#addresses())) {
      for (const service of [PROXY, SERVER]) {
        try {
          const call: Call = { method: `${service}/${verb}`, request, ...(changes ? { changes } : {}) };
          return await this.#client.ask<Reply>(address, call);
        } catch (error) {
          if (!isPortError(error, 'unavailable', 'notFound')) throw error;
          failure = error;
        }
      }
    }
    throw failure;
  }
}

/** Everything but the nodes, which came with provisioning. */
function fillOrder(set: RegisterSet): (readonly [string, RegisterValue])[] {
  const rank = (key: string) =>
    key.startsWith(EPOCH_PREFIX) ? 0 : key === CHAINS ? 2 : key === PARTITIONS ? 3 : 1;
  return [...set]
    .filter(([key]) => key !== NODES)
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
}
