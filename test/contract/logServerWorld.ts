import { crc32c } from '../../src/codec/checksum.ts';
import { sha256 } from '../../src/core/canonical.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import type { Entry } from '../../src/core/entry.ts';
import { FIRST_GENERATION, type Generation } from '../../src/core/generation.ts';
import { clusterId, logId, logletId, type Position, recoveryId } from '../../src/core/ids.ts';
import { systemRandom } from '../../src/drivers/local/random.ts';
import type { Answer, InventoryItem, LogServer, SealedLoglet } from '../../src/ports/LogServer.ts';

/** What a driver must bring to run the contract of the LogServer port. */
export interface LogServerWorld {
  /** Three servers of one cluster that reach each other, admitted with the first generation. */
  readonly servers: readonly LogServer[];
  /** A server whose store is newly formatted: without a generation. */
  readonly fresh: LogServer;
  stop(): Promise<void>;
}

export const random = systemRandom();
export const CLUSTER = clusterId('00000000-0000-4000-8000-000000000001');
export const GENERATION = FIRST_GENERATION;

export function laterGeneration(number: number, last = '1'): Generation {
  return { number, recoveryId: recoveryId(`0000000000000000000000000${last}`) };
}

export function entry(position: Position, text = `entry ${position}`): Entry {
  const payload = new TextEncoder().encode(text);
  return { position, payload, crc: crc32c(payload) };
}

export function entries(from: bigint, to: bigint): Entry[] {
  return Array.from({ length: Number(to - from) }, (_, at) => entry(from + BigInt(at)));
}

export function payloads(...texts: string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(text));
}

export function texts(read: readonly Entry[]): string[] {
  return read.map(({ payload }) => new TextDecoder().decode(payload));
}

/** The loglet of a log of its own on these servers, with the first one's process as sequencer. */
export async function describeLoglet(
  servers: readonly LogServer[],
  changes: Partial<Descriptor> = {},
): Promise<Descriptor> {
  const statuses = await Promise.all(servers.map((server) => server.status()));
  const [first] = statuses;
  if (first === undefined) throw new Error('a loglet needs a server');
  const id = random.ulid();
  return {
    clusterId: CLUSTER,
    logId: logId(`log-${id}`),
    logletId: logletId(id),
    kind: 'native',
    index: 0,
    start: 0n,
    nodeset: statuses.map(({ serverId, storeId, location }) => ({ serverId, storeId, location })),
    durability: { kind: 'all' },
    nextRules: [],
    snapshots: { mode: 'off' },
    sequencer: { serverId: first.serverId, incarnation: first.incarnation },
    chainVersion: 1,
    generation: GENERATION,
    lineage: [],
    chainDigest: sha256(''),
    retired: [],
    stores: statuses.map(({ serverId, storeId }) => ({ serverId, storeId })),
    createdAt: 0,
    ...changes,
  };
}

/** Provisions and activates a loglet on all of its servers. */
export async function openLoglet(
  servers: readonly LogServer[],
  changes: Partial<Descriptor> = {},
): Promise<Descriptor> {
  const descriptor = await describeLoglet(servers, changes);
  for (const server of servers) {
    value(await server.provision(GENERATION, descriptor));
    value(await server.activate(GENERATION, descriptor.logletId, descriptor.chainVersion));
  }
  return descriptor;
}

export function value<T>(answer: Answer<T>): T {
  if (!answer.ok) throw new Error(`refused: ${answer.refusal.code}`);
  return answer.value;
}

export function refusal(answer: Answer<unknown> | undefined): string | undefined {
  return answer === undefined || answer.ok ? undefined : answer.refusal.code;
}

export function only(sealed: readonly SealedLoglet[]): SealedLoglet['answer'] {
  const [first] = sealed;
  if (first === undefined || sealed.length !== 1) throw new Error(`${sealed.length} answers instead of one`);
  return first.answer;
}

export async function all(items: AsyncIterable<InventoryItem>): Promise<InventoryItem[]> {
  const listed: InventoryItem[] = [];
  for await (const item of items) listed.push(item);
  return listed;
}

export function closeRecord(end: bigint, successor: Descriptor) {
  const { logletId: id, nodeset, chainVersion } = successor;
  return { end, successor: { logletId: id, nodeset, chainVersion } };
}
