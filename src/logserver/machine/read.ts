import { crc32c } from '../../codec/checksum.ts';
import type { Entry } from '../../core/entry.ts';
import type { LogletId, Position } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Answer, Refusal, SealedLoglet } from '../../ports/LogServer.ts';
import { smallest } from '../positions.ts';
import type { LogletRecord, View } from '../records.ts';
import { answerFor, notProvisioned, stateOf } from './guards.ts';

export interface ReadRequest {
  readonly logletId: LogletId;
  readonly from: Position;
  readonly to: Position;
  readonly maxBytes?: number;
  readonly uncommitted?: boolean;
}

type ReadAnswer = Answer<{ readonly entries: readonly Entry[]; readonly knownCommitted: Position }>;

/** What a store serves lies below this: known to be committed, held here, and not above a final end. */
export function servedLimit(held: LogletRecord): Position {
  return smallest(heldLimit(held), held.knownCommitted);
}

/** Entries at or above a final end are quarantine: never served, whoever asks. */
function heldLimit(held: LogletRecord): Position {
  return held.close === undefined ? held.localTail : smallest(held.localTail, held.close.end);
}

export function read(view: View, request: ReadRequest): ReadAnswer {
  const server = view.server();
  if (server.generation === undefined)
    return { ok: false, refusal: { code: 'noGeneration', storeId: server.storeId } };
  const held = view.loglet(request.logletId);
  if (held === undefined) return { ok: false, refusal: notProvisioned(request.logletId) };
  const { knownCommitted } = held;
  if (request.from >= request.to) return { ok: true, value: { entries: [], knownCommitted } };
  const refusal = readRefusal(held, request);
  if (refusal) return { ok: false, refusal };
  const limit = request.uncommitted === true ? heldLimit(held) : servedLimit(held);
  const entries = collect(view, held, { ...request, to: smallest(request.to, limit) });
  if (entries.length === 0) return { ok: false, refusal: { code: 'corrupt', position: request.from } };
  return { ok: true, value: { entries, knownCommitted } };
}

function readRefusal(held: LogletRecord, request: ReadRequest): Refusal | undefined {
  const { from } = request;
  if (from < held.firstHeld) return { code: 'trimmed', firstHeld: held.firstHeld };
  if (held.close !== undefined && from >= held.close.end)
    return { code: 'notServed', knownCommitted: held.close.end };
  if (request.uncommitted !== true && from >= held.knownCommitted)
    return { code: 'notServed', knownCommitted: held.knownCommitted };
  return from >= held.localTail ? { code: 'gap', localTail: held.localTail } : undefined;
}

/** Stops before a damaged entry: what lies below it is still good. */
function collect(view: View, held: LogletRecord, request: ReadRequest): Entry[] {
  const entries: Entry[] = [];
  let room = Math.min(request.maxBytes ?? LIMITS.batchBytes / 4, LIMITS.batchBytes);
  for (let position = request.from; position < request.to; position += 1n) {
    const entry = view.entry(held.copy, position);
    if (entry === undefined || crc32c(entry.payload) !== entry.crc) break;
    room -= entry.payload.length;
    if (entries.length > 0 && (room < 0 || entries.length >= LIMITS.batchEntries)) break;
    entries.push(entry);
  }
  return entries;
}

/** The states of some loglets, refused one by one. */
export function states(view: View, logletIds: readonly LogletId[]): SealedLoglet[] {
  const { generation, storeId } = view.server();
  return logletIds.map((logletId) =>
    answerFor(logletId, () => {
      if (generation === undefined) return { ok: false, refusal: { code: 'noGeneration', storeId } };
      const held = view.loglet(logletId);
      if (held === undefined) return { ok: false, refusal: notProvisioned(logletId) };
      return { ok: true, value: stateOf(view, held) };
    }),
  );
}
