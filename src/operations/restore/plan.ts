import { withPlanId } from '../../codec/plans/head.ts';
import type { RestoredSegment, RestorePlan } from '../../codec/plans/restore.ts';
import { positionsIn, type Span, within, without } from '../../core/archive.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import type { ClusterId, LogId, LogletId, Position, ServerId } from '../../core/ids.ts';
import { joined } from '../../core/reconstruct/segments.ts';
import { ascending } from '../../core/tail.ts';
import { actionsOf } from './actions.ts';

/** A segment that no server gives whole, and what the repository has of it. Values only. */
export interface SegmentInNeed {
  readonly segment: Segment;
  readonly place: 'ended' | 'last';
  /** From here on it should be readable: the segment's start, or the trim point. */
  readonly from: Position;
  readonly missing: readonly Span[];
  readonly held: readonly Span[];
  readonly objects: number;
  readonly bytes: number;
  /** Digest of the names of these objects. */
  readonly objectsRead: string;
  readonly damaged: readonly string[];
  readonly silent: readonly ServerId[];
  /** Of the last loglet: the highest local tail of those who answer. */
  readonly reached?: Position;
}

/** What `look.ts` saw. */
export interface RestoreSituation {
  readonly chain: Chain;
  readonly repository: { readonly url: string; readonly repositoryId: string };
  readonly segments: readonly SegmentInNeed[];
  /** Why the log could not go on in a new loglet, where its last one would have to be ended. */
  readonly noPlace?: string;
}

export interface RestorePlanInput {
  readonly cluster: { readonly id: ClusterId; readonly name: string };
  readonly situation: RestoreSituation;
  /** Loglets whose end cannot move any more. */
  readonly final: ReadonlySet<LogletId>;
  /** What stands in the way whatever is held. */
  readonly barred: readonly string[];
  readonly acceptLoss: ReadonlySet<LogId>;
}

/**
 * Which segments are read from the repository from now on (protocol §9). Sound, because only determined entries are
 * ever backed up: what an object holds of a loglet is what that loglet holds. Only below an end that is final, or one
 * that this restore makes so. Pure.
 */
export function planRestore({
  cluster,
  situation,
  final,
  barred,
  acceptLoss,
}: RestorePlanInput): RestorePlan {
  const { chain, repository, noPlace } = situation;
  const { logId } = chain;
  const segments = situation.segments.map((need) => restored(chain, need));
  const canGoOn = noPlace === undefined;
  const helped = segments.filter((one) => isHelped(one) && (one.place === 'ended' || canGoOn));
  const endsLast = helped.some(({ place }) => place === 'last');
  const problems = [
    ...barred,
    ...(segments.some(isHelped) || segments.length === 0 ? [] : [nothingHeld(segments)]),
    ...(helped.length === 0 && noPlace !== undefined ? [noPlace] : []),
    ...helped
      .filter(({ place, logletId }) => place === 'ended' && !final.has(logletId) && !endsLast)
      .map(
        ({ index }) =>
          `That segment ${index} has ended is not final yet: run \`vlog-dr reconfigure ${logId}\` first.`,
      ),
  ];
  const losing = helped.filter(({ left, place }) => left.length > 0 || place === 'last');
  const flag = `--accept-loss ${logId}`;
  const needs = problems.length === 0 && losing.length > 0 ? [flag] : [];
  const given = needs.length > 0 && acceptLoss.has(logId) ? [flag] : [];
  const isRefused = problems.length > 0 || given.length < needs.length;
  const body: Omit<RestorePlan, 'planId' | 'actions'> = {
    schemaVersion: 1,
    kind: 'restore',
    cluster,
    decision: segments.length === 0 ? 'nothing to do' : isRefused ? 'refuse' : 'apply',
    problems: [
      ...problems,
      ...(problems.length > 0 ? [] : losing.map(lossOf)),
      ...segments.flatMap(damageOf),
      ...laterOf(segments, noPlace),
    ],
    needs,
    given,
    assumptions: assumptionsOf(helped, repository.url),
    logId,
    version: chain.version,
    generation: chain.generation,
    repository,
    verdict: helped.length === 0 ? 'nothing held' : losing.length > 0 ? 'partial' : 'whole',
    segments: problems.length > 0 ? segments : helped,
  };
  return withPlanId({ ...body, actions: body.decision === 'apply' ? actionsOf(body) : [] });
}

function restored(chain: Chain, need: SegmentInNeed): RestoredSegment {
  const { segment, place, from, objects, bytes, objectsRead, damaged, silent } = need;
  const end = segment.end ?? endOf(chain, need);
  const wanted = { from, to: end };
  const held = from < end ? within(wanted, need.held) : [];
  // Of the last loglet, what nobody who answers has up to where the repository reaches is missing as well.
  const reached = need.reached !== undefined && need.reached > from ? need.reached : from;
  const beyond = place === 'last' && reached < end ? [{ from: reached, to: end }] : [];
  const missing = spans([...need.missing, ...beyond].flatMap((gap) => within(gap, [wanted])));
  const left = missing.flatMap((gap) => without(gap, held));
  const { index, logletId, start } = segment;
  return {
    ...{ index, logletId, start, end, place, missing, held, left, objects, bytes, objectsRead },
    damaged: [...damaged],
    silent: [...silent].sort(),
  };
}

/**
 * Where the last loglet is ended: behind everything that anybody has of it. What the repository holds was committed, so
 * the log must not go on below it; an end that was put on record before stays.
 */
function endOf(chain: Chain, { segment, held, reached }: SegmentInNeed): Position {
  if (segment.loss !== undefined) return segment.loss.from;
  const ends = [segment.start, chain.trimPoint, reached ?? segment.start, ...held.map(({ to }) => to)];
  return ends.sort(ascending).at(-1) ?? segment.start;
}

function isHelped({ missing, held }: RestoredSegment): boolean {
  return missing.some((gap) => within(gap, held).length > 0);
}

function spans(all: readonly Span[]): Span[] {
  return joined(all).map(({ from, to }) => ({ from, to: to ?? from }));
}

function nothingHeld(segments: readonly RestoredSegment[]): string {
  const missing = spans(segments.flatMap((segment) => segment.missing));
  const where = segments.map(({ index }) => index).join(', ');
  return `The repository holds nothing of what is missing in segment ${where}: ${ranges(missing) || 'nobody tells how much'}.`;
}

function lossOf({ index, place, left, end, silent }: RestoredSegment): string {
  const gaps = left.length > 0 ? [`positions ${ranges(left)} (exclusive) were not backed up`] : [];
  const open =
    place === 'last' ? [`what was acknowledged from ${end} on, after the last backup, is not known`] : [];
  const who =
    silent.length > 0 ? ` ${silent.join(', ')} may still have them: bring one back rather than go on.` : '';
  return `Of segment ${index}, ${[...gaps, ...open].join(', and ')}.${who}`;
}

/** The ended segments need not wait for it. */
function laterOf(segments: readonly RestoredSegment[], noPlace: string | undefined): string[] {
  const last = segments.find((one) => one.place === 'last' && isHelped(one));
  if (last === undefined || noPlace === undefined) return [];
  return [`Segment ${last.index}, the last one, is not restored now: the log could not go on. ${noPlace}`];
}

function damageOf({ index, damaged }: RestoredSegment): string[] {
  if (damaged.length === 0) return [];
  return [
    `Of segment ${index}, ${damaged.length} objects are damaged or gone and not used: ${damaged.join(', ')}.`,
  ];
}

function assumptionsOf(helped: readonly RestoredSegment[], url: string): string[] {
  if (helped.length === 0) return [];
  const positions = positionsIn(helped.flatMap(({ held }) => held));
  const kept = `The ${positions} entries held stay in ${url}: readers read them there from now on, and nothing else has them.`;
  const last = helped.find(({ place }) => place === 'last');
  if (last === undefined) return [kept];
  return [
    kept,
    `${last.silent.join(', ')} are cut off for good: were one to answer clients that know the old chain, the log would go on in two places.`,
  ];
}

export function ranges(all: readonly Span[]): string {
  return all.map(({ from, to }) => `${from} to ${to}`).join(', ');
}
