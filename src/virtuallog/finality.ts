import type { Chain, Segment } from '../core/chain.ts';
import type { Position } from '../core/ids.ts';
import { containsCommitQuorum, quorumSystem } from '../core/quorum.ts';
import { committedLowerBound, tailAnswer } from '../core/tail.ts';
import type { LogContext } from './context.ts';
import type { Copy, Survey } from './loglets/loglet.ts';
import { logletOf } from './loglets/loglets.ts';

/** Whether these copies show the loglet active on a commit quorum: then every earlier end is final. */
export function showsActive(segment: Segment, copies: readonly Copy[]): boolean {
  const active = copies.filter((copy) => copy.state.activatedAt !== undefined).map((copy) => copy.serverId);
  return containsCommitQuorum(quorumSystem(segment.durability, segment.nodeset), new Set(active));
}

/** Whether these copies show that the loglet still takes appends: no successor exists, or can. */
export function showsUnsealed(segment: Segment, copies: readonly Copy[]): boolean {
  const open = copies.filter((copy) => !copy.state.sealed).map((copy) => copy.serverId);
  return containsCommitQuorum(quorumSystem(segment.durability, segment.nodeset), new Set(open));
}

/** P of one loglet (protocol §4): everything below it is on a commit quorum of those who answered. */
export function boundOf(segment: Segment, copies: readonly Copy[]): Position {
  return committedLowerBound(
    segment,
    copies.map(({ serverId, state }) => tailAnswer(serverId, state)),
  );
}

/** Only a loglet active on a commit quorum makes the ends before it final; an installed one may yet be dropped. */
export async function isKnownActive(ctx: LogContext, segment: Segment, seen?: Survey): Promise<boolean> {
  if (ctx.knownActive.has(segment.logletId)) return true;
  const { copies } = seen ?? (await logletOf(segment, ctx.logServers).states());
  if (!showsActive(segment, copies)) return false;
  ctx.knownActive.add(segment.logletId);
  return true;
}

/** Whether the end of a segment is final: a later one was activated on a commit quorum, or a close record says so. */
export async function endIsFinal(ctx: LogContext, chain: Chain, segment: Segment): Promise<boolean> {
  if (segment.end === undefined) return false;
  const later = chain.segments.filter((one) => one.index > segment.index).reverse();
  if (later.some((one) => ctx.knownActive.has(one.logletId))) return true;
  for (const one of later) {
    if (await isKnownActive(ctx, one)) return true;
  }
  return false;
}

/**
 * The largest position known such that everything below it is determined. Without the sequencer it is a lower bound
 * of the tail. A loglet that was never activated determines nothing, its predecessor's end included.
 */
export async function determinedTail(ctx: LogContext, chain: Chain): Promise<Position> {
  for (const segment of [...chain.segments].reverse()) {
    const survey = await logletOf(segment, ctx.logServers).states();
    if (!(await isKnownActive(ctx, segment, survey))) continue;
    const bound = boundOf(segment, survey.copies);
    // Where loss was accepted the log goes on from there: what returned servers hold beyond it is not in the log.
    const end = segment.end ?? segment.loss?.from;
    return end !== undefined && bound > end ? end : bound;
  }
  return chain.trimPoint;
}
