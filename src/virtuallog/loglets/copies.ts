import { crc32c } from '../../codec/checksum.ts';
import type { Entry } from '../../core/entry.ts';
import type { LogletId, ServerId } from '../../core/ids.ts';
import type { Answer, LogServer } from '../../ports/LogServer.ts';
import { askAll, type Reply } from '../askAll.ts';
import type { ReadRequest } from './loglet.ts';

/** Bytes asked at a time: what a stream holds in memory. */
const CHUNK_BYTES = 1024 * 1024;

export interface Sources {
  readonly servers: ReadonlyMap<ServerId, LogServer>;
  /** In the order in which they are asked. */
  readonly serverIds: readonly ServerId[];
  readonly logletId: LogletId;
}

export type CopyRead =
  | { readonly read: 'entries'; readonly entries: readonly Entry[]; readonly from: ServerId }
  | { readonly read: 'none'; readonly replies: readonly Reply<unknown>[]; readonly damaged: boolean };

/** The next entries from the first copy that gives sound ones. */
export async function readCopy(sources: Sources, request: ReadRequest): Promise<CopyRead> {
  const replies: Reply<unknown>[] = [];
  for (const serverId of sources.serverIds) {
    const [reply] = await askAll(sources.servers, [serverId], (server) => readOne(server, sources, request));
    if (reply?.said === 'yes') return { read: 'entries', entries: reply.value, from: serverId };
    if (reply !== undefined) replies.push(reply);
  }
  const damaged = replies.some((reply) => reply.said === 'no' && reply.refusal.code === 'corrupt');
  return { read: 'none', replies, damaged };
}

async function readOne(
  server: LogServer,
  { logletId }: Sources,
  { from, to, determined }: ReadRequest,
): Promise<Answer<readonly Entry[]>> {
  const request = { logletId, from, to, maxBytes: CHUNK_BYTES };
  const answer = await server.read(determined ? { ...request, uncommitted: true } : request);
  if (!answer.ok) return answer;
  const { entries, knownCommitted } = answer.value;
  if (entries.length === 0) return { ok: false, refusal: { code: 'notServed', knownCommitted } };
  let expected = from;
  for (const entry of entries) {
    // A store that answers with other positions, or with bytes that fail their checksum, is a damaged copy.
    if (entry.position !== expected || entry.position >= to || crc32c(entry.payload) !== entry.crc)
      return { ok: false, refusal: { code: 'corrupt', position: expected } };
    expected += 1n;
  }
  return { ok: true, value: entries };
}
