import type { Place, World } from './world.ts';
import { LOG } from './world.ts';

/**
 * The invariants of docs/protocol.md §7, looked for from outside: plain requests, no code of ours between the bytes and
 * the comparison. What it knows beforehand is the ledger, and the chain that it saw last.
 */
interface Segment {
  readonly logletId: string;
  readonly start: string;
  readonly end?: string;
  readonly nodeset: readonly { readonly serverId: string; readonly storeId: string }[];
}

export interface Chain {
  readonly version: number;
  readonly generation: { readonly number: number; readonly recoveryId: string };
  readonly segments: readonly Segment[];
  readonly frozen?: boolean;
}

interface Held {
  readonly logletId: string;
  readonly localTail: bigint;
  readonly sealed: boolean;
  readonly closedAt?: bigint;
}

/** Everything that is wrong; empty when nothing is. `before` is the chain that was there before the case. */
export async function violations(world: World, before: Chain): Promise<string[]> {
  const chain = await registerOf(world);
  const found = [...chainGoesOn(before, chain), ...isWhole(chain)];
  const served = new Set<bigint>();
  for (const server of await answering(world)) {
    const { storeId, loglets } = await inventoryOf(server);
    for (const held of loglets) {
      const segment = chain.segments.find(({ logletId }) => logletId === held.logletId);
      const isMember = segment?.nodeset.some((one) => one.storeId === storeId) === true;
      if (isMember) found.push(...(await readsBack(world, { server, segment, served })));
      found.push(...(await nothingBeyondTheEnd(server, held)));
      if (held.logletId !== chain.segments.at(-1)?.logletId)
        found.push(...(await takesNothing(server, held)));
    }
  }
  for (const [position, text] of world.ledger.entries)
    if (!served.has(position))
      found.push(`§7.1: position ${position} ("${text}") was acknowledged, and nobody serves it`);
  return found;
}

/** The register as etcd holds it, read through its JSON gateway. */
export async function registerOf(world: World): Promise<Chain> {
  const key = Buffer.from(`/vlog-dr/${world.clusterId}/logs/${LOG}`).toString('base64');
  const failures: unknown[] = [];
  for (const { url } of world.members) {
    try {
      const body = JSON.stringify({ key });
      const answer = await fetch(`${url}/v3/kv/range`, { method: 'POST', body });
      const { kvs } = (await answer.json()) as { kvs?: { value: string }[] };
      const text = Buffer.from(kvs?.[0]?.value ?? '', 'base64').toString();
      if (text === '') continue;
      world.lastSeen = (JSON.parse(text) as { chain: Chain }).chain;
      return world.lastSeen;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new Error(`no member of etcd has the chain: ${failures.join('; ')}`);
}

/** §7.6, §7.7: what was there is still there, in its order; only an end may have come. Nothing went back. */
function chainGoesOn(before: Chain, after: Chain): string[] {
  const found: string[] = [];
  const order = (a: Chain['generation'], b: Chain['generation']) =>
    a.number - b.number || (a.recoveryId < b.recoveryId ? -1 : Number(a.recoveryId > b.recoveryId));
  if (order(after.generation, before.generation) < 0)
    found.push('§7.7: the register went back to an earlier generation');
  if (after.version < before.version) found.push(`§7.7: version ${after.version} follows ${before.version}`);
  before.segments.forEach((segment, place) => {
    const now = after.segments[place];
    if (now?.logletId !== segment.logletId || now.start !== segment.start)
      found.push(`§7.6: segment ${place} was ${segment.logletId}, and is ${now?.logletId ?? 'gone'}`);
    if (segment.end !== undefined && now?.end !== segment.end)
      found.push(`§7.6: segment ${place} ended at ${segment.end}, and now at ${now?.end}`);
  });
  return found;
}

/** §7.9, and that positions have neither a hole nor two owners. */
function isWhole({ segments }: Chain): string[] {
  const found = segments.flatMap(({ end }, place) =>
    end === segments[place + 1]?.start
      ? []
      : [`segment ${place} ends at ${end}, and not where the next one starts`],
  );
  if (segments[0]?.start !== '0')
    found.push('§7.9: the first segment does not start at 0, and nothing was trimmed');
  return found;
}

/** §7.2: a copy that serves a position serves what was acknowledged there. */
async function readsBack(
  world: World,
  { server, segment, served }: { server: Place; segment: Segment; served: Set<bigint> },
): Promise<string[]> {
  const found: string[] = [];
  const end = segment.end === undefined ? 1n << 62n : BigInt(segment.end);
  const wanted = [...world.ledger.entries.keys()].filter((one) => one >= BigInt(segment.start) && one < end);
  // Not in the order of positions by chance: appends are acknowledged as they come.
  const last = wanted.reduce((most, one) => (one > most ? one : most), -1n);
  for (let from = BigInt(segment.start); from <= last; ) {
    const entries = await read(server, segment.logletId, { from, to: last + 1n });
    if (entries === undefined || entries.length === 0) break;
    for (const [position, text] of entries) {
      const acknowledged = world.ledger.entries.get(position);
      if (acknowledged === text) served.add(position);
      else if (acknowledged !== undefined)
        found.push(`§7.2: ${server.id} serves "${text}" at ${position}; acknowledged was "${acknowledged}"`);
    }
    from += BigInt(entries.length);
  }
  return found;
}

/** §7.5: what lies at or above a final end is kept, and never served. */
async function nothingBeyondTheEnd(
  server: Place,
  { logletId, closedAt, localTail }: Held,
): Promise<string[]> {
  if (closedAt === undefined || localTail <= closedAt) return [];
  const range = { from: closedAt, to: localTail, uncommitted: true };
  const entries = await read(server, logletId, range);
  return entries === undefined
    ? []
    : [`§7.5: ${server.id} serves ${closedAt} of ${logletId}, beyond its end`];
}

/** §7.3, §7.4: nothing is acknowledged outside of the last segment, whoever asks. */
async function takesNothing(server: Place, { logletId }: Held): Promise<string[]> {
  const answer = await fetch(`${server.url}/v1/loglets/${logletId}/append`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.vlog-dr.entries' },
    body: new Uint8Array(FORBIDDEN),
  });
  const text = await answer.text();
  return text.includes('"acknowledged"')
    ? [`§7.4: ${server.id} acknowledged an append to ${logletId}, which is not the last loglet: ${text}`]
    : [];
}

/** One entry, "no", as `docs/formats.md` lays a frame out. Both checksums are those of these bytes. */
const FORBIDDEN = frameOf('no');

async function answering({ servers }: World): Promise<Place[]> {
  const up = await Promise.all(
    servers.map(async (server) =>
      fetch(`${server.url}/v1/status`).then(
        (answer) => answer.ok,
        () => false,
      ),
    ),
  );
  return servers.filter((_, place) => up[place]);
}

export async function inventoryOf(server: Place): Promise<{ storeId: string; loglets: Held[] }> {
  const text = await (await fetch(`${server.url}/v1/inventory`)).text();
  const loglets: Held[] = [];
  let storeId = '';
  for (const line of text.trim().split('\n')) {
    const item = JSON.parse(line);
    if (item.item === 'server') storeId = item.status.storeId;
    if (item.item !== 'loglet') continue;
    const { descriptor, localTail, sealed, close } = item.state;
    loglets.push({
      ...{ logletId: descriptor.logletId, localTail: BigInt(localTail), sealed },
      ...(close === undefined ? {} : { closedAt: BigInt(close.end) }),
    });
  }
  return { storeId, loglets };
}

/** Entries of one copy; `undefined` when it refuses. */
async function read(
  server: Place,
  logletId: string,
  range: { readonly from: bigint; readonly to: bigint; readonly uncommitted?: boolean },
): Promise<[bigint, string][] | undefined> {
  const query = Object.entries(range).map(([name, value]) => `${name}=${value}`);
  const answer = await fetch(`${server.url}/v1/loglets/${logletId}/entries?${query.join('&')}`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) return undefined;
  const entries: [bigint, string][] = [];
  for (let at = 20; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 8);
    entries.push([bytes.readBigUInt64BE(at), bytes.toString('utf8', at + 16, at + 16 + length)]);
    at += 16 + length;
  }
  return entries;
}

function frameOf(text: string): Buffer {
  const payload = Buffer.from(text);
  const frame = Buffer.alloc(36 + payload.length);
  frame.write('VLF1', 0);
  frame.writeUInt32BE(1, 4);
  frame.writeUInt32BE(payload.length, 28);
  frame.writeUInt32BE(castagnoli(payload), 32);
  payload.copy(frame, 36);
  frame.writeUInt32BE((castagnoli(frame.subarray(4, 16)) ^ castagnoli(frame.subarray(20))) >>> 0, 16);
  return frame;
}

/** CRC-32C, bit by bit. */
function castagnoli(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
