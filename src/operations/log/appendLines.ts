import { DrError } from '../../core/errors.ts';
import type { Position } from '../../core/ids.ts';
import type { AppendResult } from '../../virtuallog/appendLane.ts';
import type { VirtualLog } from '../../virtuallog/VirtualLog.ts';

export interface PositionRange {
  readonly from: Position;
  /** Exclusive. */
  readonly to: Position;
}

export interface AppendedLines {
  readonly outcome: AppendResult['outcome'];
  readonly entries: number;
  readonly acknowledged: number;
  readonly ranges: readonly PositionRange[];
}

const BATCH_ENTRIES = 1_000;
const BATCH_BYTES = 1024 * 1024;

/** Appends one entry for each payload, in order. Stops at the first batch that was not acknowledged whole. */
export async function appendAll(
  log: VirtualLog,
  payloads: AsyncIterable<Uint8Array>,
): Promise<AppendedLines> {
  const ranges: { from: Position; to: Position }[] = [];
  let entries = 0;
  let acknowledged = 0;
  for await (const batch of batches(payloads)) {
    entries += batch.length;
    const result = await appendBatch(log, batch, acknowledged);
    const positions = result.positions.slice(0, acknowledgedOf(result));
    acknowledged += positions.length;
    for (const position of positions) extend(ranges, position);
    if (result.outcome !== 'acknowledged') return { outcome: result.outcome, entries, acknowledged, ranges };
  }
  // Nobody was asked yet: a log that does not exist has not taken nothing either.
  if (entries === 0) await log.chain();
  return { outcome: 'acknowledged', entries, acknowledged, ranges };
}

/** How many of the positions in a result are certainly in the log. */
export function acknowledgedOf(result: AppendResult): number {
  return result.outcome === 'unknown' ? result.acknowledged : result.positions.length;
}

async function appendBatch(
  log: VirtualLog,
  batch: readonly Uint8Array[],
  before: number,
): Promise<AppendResult> {
  try {
    return await log.append(batch);
  } catch (error) {
    // What was acknowledged before must not be hidden by the failure after it.
    const isNone = error instanceof DrError && error.code === 'E_APPEND_FAILED';
    if (before === 0 || !isNone) throw error;
    return { outcome: 'partial', positions: [], missing: batch.length };
  }
}

function extend(ranges: { from: Position; to: Position }[], position: Position): void {
  const last = ranges.at(-1);
  if (last?.to === position) last.to = position + 1n;
  else ranges.push({ from: position, to: position + 1n });
}

async function* batches(payloads: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  for await (const payload of payloads) {
    batch.push(payload);
    bytes += payload.length;
    if (batch.length < BATCH_ENTRIES && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Lines of a stream, without their ends; the last one counts without an end too. Bytes stay as they are. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      yield bytes.slice(start, end > start && bytes[end - 1] === 13 ? end - 1 : end);
      start = end + 1;
    }
    rest = bytes.slice(start);
  }
  if (rest.length > 0) yield rest;
}
