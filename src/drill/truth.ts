import type { Frozen } from '../codec/common.ts';
import type { EndLogPlan } from '../codec/plans/endLog.ts';
import type { AnyPlan } from '../codec/plans/planFile.ts';
import { assertNever } from '../core/assertNever.ts';
import type { Interval } from '../core/evidence.ts';
import type { LogId, Position } from '../core/ids.ts';

/** What the plans of a recovery said of the data; `proven` where nothing had to be accepted. */
export type Verdict = 'proven' | 'unproven' | 'contradiction';

/** From the worst on: a drill is only as good as its worst plan. */
const WORST_FIRST = ['contradiction', 'unproven', 'proven'] as const;

export function worst(verdicts: readonly Verdict[]): Verdict | undefined {
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict));
}

/** What an applied plan claimed. */
export function verdictOf(plan: AnyPlan): Verdict {
  switch (plan.kind) {
    case 'rebuild-metastore':
      return worst(plan.logs.map((log) => log.verdict)) ?? 'proven';
    case 'force-new-cluster':
      return verdictOf(plan.rebuild);
    case 'rebuild-registers':
      return plan.verdict;
    case 'seal':
    case 'restore':
    case 'retire':
    case 'end-log':
      return plan.given.some((flag) => flag.startsWith('--accept-loss')) ? 'unproven' : 'proven';
    case 'reconfigure':
    case 'fence':
    case 'admit':
    case 'repair':
      return 'proven';
    default:
      return assertNever(plan);
  }
}

/** Where an applied plan said that acknowledged entries of this log are, or may be, lost. */
export function statedLoss(plan: AnyPlan, logId: LogId): Interval[] {
  switch (plan.kind) {
    case 'rebuild-metastore':
      return plan.logs
        .filter((log) => log.logId === logId)
        .flatMap(({ loss }) => [...loss.lost, ...loss.possiblyLost]);
    case 'force-new-cluster':
      return statedLoss(plan.rebuild, logId);
    case 'seal':
      return plan.logId === logId && verdictOf(plan) === 'unproven' ? [{ from: plan.committed }] : [];
    case 'retire':
      return plan.logs.filter((log) => log.logId === logId).flatMap((log) => log.onlyHere);
    case 'restore':
      return plan.logId === logId
        ? plan.segments.flatMap(({ left, place, end }) => [
            ...left,
            ...(place === 'last' ? [{ from: end }] : []),
          ])
        : [];
    case 'rebuild-registers':
      return plan.logs.filter((log) => log.logId === logId).flatMap(({ loss }) => [...loss.lost]);
    case 'end-log':
      return endsStated(plan, logId);
    case 'reconfigure':
    case 'fence':
    case 'admit':
    case 'repair':
      return [];
    default:
      return assertNever(plan);
  }
}

function endsStated({ logId: own, forced }: EndLogPlan, logId: LogId): Interval[] {
  if (forced === undefined) return [];
  const others = forced.otherLogs.filter((log) => log.logId === logId);
  return [...(own === logId ? forced.possiblyLost : []), ...others.flatMap((log) => log.possiblyLost)];
}

export function isStated(position: Position, stated: readonly Interval[]): boolean {
  return stated.some(({ from, to }) => from <= position && (to === undefined || position < to));
}

/** Neighbours together. */
export function rangesOf(positions: readonly Position[]): { from: Position; to: Position }[] {
  const ranges: { from: Position; to: Position }[] = [];
  for (const position of [...positions].sort((a, b) => (a < b ? -1 : 1))) {
    const last = ranges.at(-1);
    if (last?.to === position) last.to = position + 1n;
    else ranges.push({ from: position, to: position + 1n });
  }
  return ranges;
}

export interface Acked {
  readonly position: Position;
  /** When it was acknowledged, in milliseconds. */
  readonly at: number;
}

/** The longest time without an acknowledgement that touches [from, to]. */
export function longestSilence(acked: readonly Acked[], { from, to }: { from: number; to: number }): number {
  const times = [...acked.map((one) => one.at).sort((a, b) => a - b), to];
  let longest = 0;
  times.forEach((time, place) => {
    const before = times[place - 1] ?? time;
    if (time > from) longest = Math.max(longest, Math.min(time, to) - before);
  });
  return longest;
}

export type Found = Frozen<{ lost: readonly Position[]; acked: readonly Acked[] }>;

export interface Judgement {
  readonly ok: boolean;
  /** Whole sentences: why it is not. */
  readonly problems: readonly string[];
  readonly lostEntries: number;
  /** Of them those that no plan had spoken of. */
  readonly unstated: number;
  /** How far back the oldest entry that is gone had been acknowledged before the disaster. */
  readonly rpoSeconds: number;
}

/** The recovery's words held against what then was read back. Pure. */
export function judge(story: {
  readonly expect: { verdict: Verdict; loss: 'none' | 'as stated'; ends: string };
  readonly verdict: Verdict;
  readonly ended: string;
  readonly stated: readonly Interval[];
  readonly found: Found;
  readonly disasterAt: number;
}): Judgement {
  const { expect, verdict, ended, stated, found, disasterAt } = story;
  const unstated = found.lost.filter((position) => !isStated(position, stated));
  const lost = new Set(found.lost);
  const oldest = Math.min(
    disasterAt,
    ...found.acked.filter((one) => lost.has(one.position)).map((one) => one.at),
  );
  const problems = [
    ...(ended === expect.ends ? [] : [`The playbook ended as "${ended}", not as "${expect.ends}".`]),
    ...(verdict === expect.verdict ? [] : [`The verdict was ${verdict}; the truth is ${expect.verdict}.`]),
    ...(unstated.length === 0
      ? []
      : [
          `${unstated.length} acknowledged entries are gone that no plan had spoken of, the first at ${unstated[0]}.`,
        ]),
    ...(expect.loss === 'none' && found.lost.length > 0
      ? [`${found.lost.length} acknowledged entries are gone; nothing had to be lost.`]
      : []),
  ];
  return {
    ok: problems.length === 0,
    problems,
    lostEntries: found.lost.length,
    unstated: unstated.length,
    rpoSeconds: found.lost.length === 0 ? 0 : Math.max(0, Math.round((disasterAt - oldest) / 100) / 10),
  };
}
