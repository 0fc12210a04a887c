import type { LogletId, Position, ServerId } from '../../core/ids.ts';
import { joined } from '../../core/reconstruct/segments.ts';
import { ascending } from '../../core/tail.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import { readWindow, type WindowRead } from './copyReader.ts';

/** Positions of all copies held against each other at a time: a digest of each is in memory. */
const WINDOW = 1_024n;
const LISTED = 1_000;

export interface CopySpan {
  readonly serverId: ServerId;
  /** What the store says that it holds. */
  readonly from: Position;
  readonly to: Position;
}

export interface Compared {
  readonly copies: number;
  readonly positions: bigint;
  readonly entries: number;
  readonly bytes: number;
  readonly damaged: ReadonlyMap<ServerId, readonly Position[]>;
  readonly stopped: ReadonlyMap<ServerId, string>;
  /** Positions at which two sound copies hold different bytes. */
  readonly different: readonly Position[];
  /** Positions that some copy should hold, and none gives. */
  readonly nowhere: readonly Position[];
}

interface Tally {
  entries: number;
  bytes: number;
  readonly damaged: Map<ServerId, Position[]>;
  readonly stopped: Map<ServerId, string>;
  readonly different: Position[];
  readonly nowhere: Position[];
}

/**
 * Every copy of one loglet against every other, position by position. All copies of a window are read at once; memory
 * is bounded by the window and one chunk for each copy, whatever the size of the loglet.
 */
export async function compareCopies(
  servers: ReadonlyMap<ServerId, LogServer>,
  logletId: LogletId,
  copies: readonly CopySpan[],
): Promise<Compared> {
  const tally: Tally = {
    entries: 0,
    bytes: 0,
    damaged: new Map(),
    stopped: new Map(),
    different: [],
    nowhere: [],
  };
  const spans = joined(copies.filter((copy) => copy.from < copy.to).map(({ from, to }) => ({ from, to })));
  let positions = 0n;
  for (const { from: start, to: end = start } of spans) {
    positions += end - start;
    for (let from = start; from < end; from += WINDOW) {
      const to = from + WINDOW < end ? from + WINDOW : end;
      await compareWindow(servers, { logletId, copies, from, to }, tally);
    }
  }
  const read = copies.filter((copy) => copy.from < copy.to && !tally.stopped.has(copy.serverId)).length;
  return { ...tally, copies: read, positions };
}

async function compareWindow(
  servers: ReadonlyMap<ServerId, LogServer>,
  window: { logletId: LogletId; copies: readonly CopySpan[]; from: Position; to: Position },
  tally: Tally,
): Promise<void> {
  const { logletId, from, to } = window;
  const asked = window.copies.filter(
    (copy) => copy.from < to && copy.to > from && !tally.stopped.has(copy.serverId),
  );
  const reads = await Promise.all(
    asked.map(async (copy) => {
      const clipped = common(copy, { from, to });
      const read = await readWindow(servers, { serverId: copy.serverId, logletId }, clipped);
      note(tally, copy.serverId, read);
      return { from: clipped.from, digests: read.digests };
    }),
  );
  for (let position = from; position < to; position += 1n) {
    const found = new Set(reads.map((read) => read.digests[Number(position - read.from)]));
    found.delete(undefined);
    if (found.size > 1) push(tally.different, position);
    if (found.size === 0) push(tally.nowhere, position);
  }
}

interface Run {
  readonly from: Position;
  readonly to: Position;
}

/** What two runs of positions have in common. */
export function common(a: Run, b: Run): Run {
  const [, from = a.from] = [a.from, b.from].sort(ascending);
  const [to = a.to] = [a.to, b.to].sort(ascending);
  return { from, to };
}

function note(tally: Tally, serverId: ServerId, read: WindowRead): void {
  tally.entries += read.entries;
  tally.bytes += read.bytes;
  if (read.stopped !== undefined) tally.stopped.set(serverId, read.stopped);
  if (read.damaged.length === 0) return;
  const known = tally.damaged.get(serverId) ?? [];
  for (const position of read.damaged) push(known, position);
  tally.damaged.set(serverId, known);
}

/** A ruined disk must not fill our memory with its list. */
function push(list: Position[], position: Position): void {
  if (list.length < LISTED) list.push(position);
}
