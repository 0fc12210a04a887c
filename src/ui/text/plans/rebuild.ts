import type { LogPlan, RebuildPlan } from '../../../codec/plan.ts';
import { describeGeneration } from '../../../core/generation.ts';
import { actionsText, eitherOf, interval, intervals, names, nodesetText } from './words.ts';

type Segment = LogPlan['segments'][number];

/** A rebuild as the person reads it who has to say yes. */
export function rebuildText(plan: RebuildPlan): string {
  const isIdle = plan.logs.every((log) => log.decision === 'nothing to do');
  return [
    `Plan ${plan.planId.slice(0, 12)}: rebuild the MetaStore of ${plan.cluster.name} as generation ${describeGeneration(plan.generation)}`,
    ...serversText(plan),
    ...plan.rejectedEvidence.map((line) => `Not used: ${line}`),
    ...plan.logs.flatMap(logText),
    ...(isIdle ? ['', 'Every register is right: no action is needed.'] : actionsText(plan)),
    ...nextText(plan, isIdle),
  ].join('\n');
}

function serversText({ servers }: RebuildPlan): string[] {
  const states = [...new Set(servers.map((server) => server.state))];
  return states.map(
    (state) =>
      `Servers, ${state}: ${names(servers.filter((one) => one.state === state).map((one) => one.id))}`,
  );
}

function logText(log: LogPlan): string[] {
  return [
    '',
    `Log ${log.logId}: ${log.verdict.toUpperCase()}, ${decisionText(log)}`,
    ...segmentsText(log.segments),
    ...endText(log),
    ...lossText(log),
    ...log.orphans.map(
      (orphan) => `  Set aside: loglet ${orphan.logletId} on ${names(orphan.servers)} (${orphan.because})`,
    ),
    ...log.otherSides.map((one) => `  The other side: loglet ${one.logletId} on ${names(one.servers)}`),
    ...log.abandoned.map(
      (one) =>
        `  Kept, not served: loglet ${one.logletId} on ${names(one.servers)} (left out by a later recovery)`,
    ),
    ...log.problems.map(
      (problem) =>
        `  ${problem.weighs === 'contradiction' ? 'CONTRADICTION' : 'UNPROVEN'}: ${problem.message}`,
    ),
    ...(log.wouldSettle.length > 0
      ? [`  The return of any of these would settle it: ${eitherOf(log.wouldSettle)}`]
      : []),
    ...log.changes.map((change) => `  ${change}`),
    ...(log.needs.length > 0 ? [`  Applied only with: ${log.needs.join(' ')}`] : []),
  ];
}

function decisionText(log: LogPlan): string {
  switch (log.decision) {
    case 'install': {
      const before =
        log.registerBefore === null ? 'an empty register' : `version ${log.registerBefore.version}`;
      return `${log.segments.length} segments become version ${log.version}, over ${before}`;
    }
    case 'nothing to do':
      return 'its register is right';
    case 'refuse':
      return log.verdict === 'contradiction' ? 'nothing may be applied' : 'cannot be applied as it stands';
  }
}

/** A long chain is told by its ends and by everything in between that is not plainly sealed. */
function segmentsText(segments: readonly Segment[]): string[] {
  const lines: string[] = [];
  let hidden = 0;
  const gap = () => {
    if (hidden > 0)
      lines.push(`  … ${hidden} sealed ${hidden === 1 ? 'segment' : 'segments'}, whole and proven`);
    hidden = 0;
  };
  segments.forEach((segment, place) => {
    const isEnd = place === 0 || place === segments.length - 1;
    const isPlain = segment.state === 'sealed' && segment.missing.length === 0 && !segment.underReplicated;
    if (!isEnd && isPlain && segments.length > 4) {
      hidden += 1;
      return;
    }
    gap();
    lines.push(...segmentText(segment));
  });
  gap();
  return lines;
}

function segmentText(segment: Segment): string[] {
  const until = segment.end === undefined ? 'on' : `to ${segment.end}`;
  const lines = [
    `  ${segment.index}  ${segment.start} ${until}  ${segment.state.toUpperCase()}  ${segment.logletId}`,
    `     on ${nodesetText(segment.nodeset, segment.durability)}; answering: ${names(segment.responders)}`,
    `     installed, because ${segment.evidence.map(shortened).join('; ')}`,
  ];
  if (segment.underReplicated && segment.state !== 'lost')
    lines.push('     fewer whole copies than servers: `vlog-dr repair` afterwards');
  for (const gap of segment.missing)
    lines.push(
      `     ${interval(gap)} is on nobody who answers${segment.wouldReturn.length > 0 ? `; ${names(segment.wouldReturn)} may have it` : ''}`,
    );
  return lines;
}

/** Up to eight descendants name a segment: the first is enough for a person, the rest is in the JSON. */
function shortened(evidence: string): string {
  const [first = '', ...others] = evidence.split(', ');
  const isLong = others.length > 1 && first.startsWith('extended by');
  return isLong ? `${first} and ${others.length} later ones` : evidence;
}

function endText(log: LogPlan): string[] {
  const words: Record<LogPlan['endProof'], string> = {
    'unsealed on a commit quorum': 'it still takes appends on a commit quorum, so nothing can follow it',
    'repository fence': 'the repository lists nothing later, and is closed to whoever is slower',
    'no host': 'those who do not witness could not host a successor',
    none: 'NOT SHOWN',
  };
  return log.segments.length === 0 ? [] : [`  That the last segment is the last: ${words[log.endProof]}`];
}

function lossText({ loss }: LogPlan): string[] {
  const lines: string[] = [];
  if (loss.safe.length > 0) lines.push(`  Safe: ${intervals(loss.safe)}`);
  if (loss.unknownOutcomeResolved.length > 0)
    lines.push(`  Stored, perhaps never acknowledged, kept: ${intervals(loss.unknownOutcomeResolved)}`);
  if (loss.possiblyLost.length > 0) lines.push(`  POSSIBLY LOST: ${intervals(loss.possiblyLost)}`);
  if (loss.lost.length > 0) lines.push(`  LOST: ${intervals(loss.lost)}`);
  return lines;
}

function nextText(plan: RebuildPlan, isIdle: boolean): string[] {
  if (isIdle) return [];
  return ['', `Next: ${nextStep(plan)}`];
}

function nextStep({ logs }: RebuildPlan): string {
  if (logs.some((log) => log.verdict === 'contradiction'))
    return 'change nothing, wipe nothing, and find out which side is right: `vlog-dr playbook run split-brain`';
  return logs.every((log) => log.decision !== 'refuse')
    ? 'the same command with --apply'
    : 'bring back what would settle it, or accept what is named above';
}

/** What became of it. */
export function restoredText(
  plan: RebuildPlan,
  results: readonly {
    readonly logId: string;
    readonly version: number;
    readonly segments: number;
    readonly tail: bigint | undefined;
    readonly writable: boolean;
  }[],
): string {
  const lines = results.map(
    (log) =>
      `Log ${log.logId}: version ${log.version}, ${log.segments} segments, ${log.writable ? 'takes appends' : 'READ ONLY: too few servers for a new segment'}`,
  );
  return [
    `${plan.cluster.name} is rebuilt as generation ${describeGeneration(plan.generation)}.`,
    ...lines,
    'Next: `vlog-dr verify`, and `vlog-dr fence` when silent servers return.',
  ].join('\n');
}
