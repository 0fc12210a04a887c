import { type Chain, type Segment, segmentAt } from '../core/chain.ts';
import type { Entry } from '../core/entry.ts';
import { DrError } from '../core/errors.ts';
import type { Position } from '../core/ids.ts';
import { describeReplies } from './askAll.ts';
import type { LogContext } from './context.ts';
import { boundOf, endIsFinal } from './finality.ts';
import type { ArchiveSource } from './loglets/archive.ts';
import type { Loglet, LogletRead } from './loglets/loglet.ts';
import { logletOf } from './loglets/loglets.ts';

export interface ReadOptions {
  /** Inclusive; the trim point when absent. */
  readonly from?: Position;
  /** Exclusive; as far as positions are determined when absent. */
  readonly to?: Position;
}

/**
 * Entries in order; the next chunk is asked for while one is given out. Only determined positions: below a final end, below what a store
 * knows committed, or seen on a commit quorum by this client. Ends before `to` where nothing more is determined.
 */
export async function* read(ctx: LogContext, options: ReadOptions): AsyncGenerator<Entry> {
  let chain = await ctx.view.usable();
  let next = options.from ?? chain.trimPoint;
  let isFresh = false;
  let ahead: Promise<readonly Entry[]> | undefined;
  while (options.to === undefined || next < options.to) {
    if (next < chain.trimPoint) throw trimmed(chain, next);
    const segment = segmentAt(chain, next);
    if (segment === undefined) mustNotBeBelow(chain, next);
    const entries: readonly Entry[] =
      segment === undefined ? [] : await (ahead ?? readSegment(ctx, chain, segment, { ...options, next }));
    ahead = undefined;
    next += BigInt(entries.length);
    const isInside = next < (least(segment?.end, options.to) ?? MAX_POSITION);
    if (segment !== undefined && entries.length > 0 && isInside) {
      ahead = readSegment(ctx, chain, segment, { ...options, next });
      // Thrown where it is awaited; a reader that stops before does not care.
      ahead.catch(() => {});
    }
    for (const entry of entries) yield entry;
    if (entries.length > 0) isFresh = false;
    else if (isFresh) return;
    else {
      // The log may have gone on in a loglet that this client does not know yet, or been trimmed.
      chain = await ctx.view.refreshed();
      isFresh = true;
    }
  }
}

/** The next entries of one segment; none when nothing there is determined. */
async function readSegment(
  ctx: LogContext,
  chain: Chain,
  segment: Segment,
  range: { readonly next: Position; readonly to?: Position },
): Promise<readonly Entry[]> {
  const loglet = logletOf(segment, ctx.logServers, sourceOf(ctx));
  const from = range.next;
  const end = least(segment.end, range.to) ?? MAX_POSITION;
  // A store serves what it knows committed; that costs one question, and is the common case.
  const served = await loglet.read({ from, to: end, determined: false });
  if (served.read === 'entries') return served.entries;
  const to = await determinedEnd(ctx, chain, segment, { loglet, end });
  if (from >= to) return [];
  const found = await loglet.read({ from, to, determined: true });
  if (found.read === 'entries') return found.entries;
  const newer = await ctx.view.refreshed();
  throw from < newer.trimPoint ? trimmed(newer, from) : unreadable(newer, segment, from, found);
}

function sourceOf({ archive, logId }: LogContext): ArchiveSource | undefined {
  return archive && { archive, logId };
}

const MAX_POSITION = (1n << 63n) - 1n;

/** Up to where any copy may be used: the final end, or what this client sees on a commit quorum. */
async function determinedEnd(
  ctx: LogContext,
  chain: Chain,
  segment: Segment,
  { loglet, end }: { loglet: Loglet; end: Position },
): Promise<Position> {
  if (await endIsFinal(ctx, chain, segment)) return end;
  const bound = boundOf(segment, (await loglet.states()).copies);
  return bound < end ? bound : end;
}

function least(a: Position | undefined, b: Position | undefined): Position | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** A chain whose head is lost, its trim point perhaps with it: the end of the log is elsewhere. */
function mustNotBeBelow({ logId, segments }: Chain, position: Position): void {
  const [first] = segments;
  if (first === undefined || position >= first.start) return;
  throw new DrError('E_POSITIONS_LOST', {
    message: `Position ${position} of log ${logId} lies before its first segment, which starts at ${first.start}: what was there was trimmed, or is lost. Nothing was changed.`,
    hint: `Read from ${first.start} on.`,
    context: { position: String(position), first: String(first.start) },
  });
}

function trimmed(chain: Chain, position: Position): DrError {
  return new DrError('E_TRIMMED', {
    message: `Position ${position} of log ${chain.logId} lies below its trim point, ${chain.trimPoint}.`,
    context: { position: String(position), trimPoint: String(chain.trimPoint) },
  });
}

function unreadable(
  chain: Chain,
  segment: Segment,
  position: Position,
  found: Extract<LogletRead, { read: 'none' }>,
): DrError {
  const code = found.damaged
    ? 'E_CORRUPT'
    : mayReturn(position, chain, segment, found)
      ? 'E_UNREACHABLE'
      : 'E_POSITIONS_LOST';
  return new DrError(code, {
    message: `Position ${position} was committed in loglet ${segment.logletId}, and no server gives it: ${describeReplies(found.replies)}. Nothing was changed.`,
    context: { position: String(position), logletId: segment.logletId },
  });
}

/** A server that does not answer may still have the entry: unreachable is not lost, unless its disk was given up, or the loss accepted. */
function mayReturn(
  position: Position,
  { retired }: Chain,
  { nodeset, loss }: Segment,
  { replies }: Extract<LogletRead, { read: 'none' }>,
): boolean {
  const retiredMembers = nodeset.filter(({ storeId }) => retired.includes(storeId));
  const cutOff = loss === undefined || position < loss.from ? [] : loss.fencedOutside;
  const gone = new Set([...retiredMembers.map(({ serverId }) => serverId), ...cutOff]);
  return replies.some((reply) => reply.said === 'nothing' && !gone.has(reply.serverId));
}
