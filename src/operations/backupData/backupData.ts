import type { SegmentRef } from '../../archive/keys.ts';
import type { LogArchive } from '../../archive/LogArchive.ts';
import type { LogDataBackup } from '../../codec/results/backup.ts';
import { type Span, without } from '../../core/archive.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { LogId, LogletId, Position } from '../../core/ids.ts';
import { joined } from '../../core/reconstruct/segments.ts';
import { ascending } from '../../core/tail.ts';
import { describeReplies } from '../../virtuallog/askAll.ts';
import type { LogContext } from '../../virtuallog/context.ts';
import { boundOf, endIsFinal, isKnownActive } from '../../virtuallog/finality.ts';
import { logletOf } from '../../virtuallog/loglets/loglets.ts';
import type { Cluster } from '../cluster.ts';
import { logContext } from '../virtualLog.ts';
import { backupSegment, type SegmentDone } from './backupSegment.ts';
import { Lanes } from './lanes.ts';

export interface DataBackupDeps {
  readonly cluster: Cluster;
  readonly archive: LogArchive;
}

/** Objects on their way at a time: what a backup holds in memory, twice. */
const UPLOADS = 4;
/** Segments worked on at a time: many small ones are not one round trip each. */
const SEGMENTS = 4;

/**
 * The entries of these logs, as far as they are determined. What of one log fails does not keep the others from being
 * backed up; what of one segment cannot be read does not keep the rest of the log.
 */
export async function backupData(
  { cluster, archive }: DataBackupDeps,
  logs: readonly LogId[],
): Promise<LogDataBackup[]> {
  const results: LogDataBackup[] = [];
  for (const logId of logs) {
    const stage = cluster.reporter.stage(`backing up the entries of log ${logId}`);
    try {
      const result = await backupLog({ cluster, archive }, logId, (detail) => stage.update(detail));
      stage.done(`${result.sentObjects} objects, ${result.sentBytes} bytes`);
      results.push(result);
    } catch (error) {
      stage.failed(error instanceof Error ? error.message : String(error));
      if (!(error instanceof DrError)) throw error;
      const problem = { code: error.code, message: error.message };
      results.push({ logId, ...NOTHING, problem });
    }
  }
  return results;
}

const NOTHING = {
  ...{ outcome: 'refused' as const, from: 0n, upTo: null, determined: null, segments: 0, whole: 0 },
  ...{ sentObjects: 0, sentBytes: 0, missing: [] },
};

async function backupLog(
  { cluster, archive }: DataBackupDeps,
  logId: LogId,
  progress: (detail: string) => void,
): Promise<LogDataBackup> {
  const ctx = logContext(cluster, logId);
  const chain = await ctx.view.fromRegister();
  const held = byLoglet(await archive.segments(logId));
  const segments = await wantedSegments(ctx, chain);
  const uploads = new Lanes(UPLOADS);
  const lanes = new Lanes(SEGMENTS);
  const done: SegmentDone[] = [];
  let sentBytes = 0;
  let sentObjects = 0;
  for (const { segment, wanted, final } of segments) {
    if (isHeld(held, segment, wanted)) {
      done.push({ ...segment, wanted, gaps: [], unread: [], added: [], whole: true });
      continue;
    }
    await lanes.begin(async () => {
      const work = {
        ...{ archive, logId, wanted, final, uploads },
        loglet: logletOf(segment, cluster.logServers),
        progress: ({ sizeBytes }: { sizeBytes: number }) => {
          sentObjects += 1;
          sentBytes += sizeBytes;
          progress(`segment ${segment.index}, ${sentBytes} bytes sent`);
        },
      };
      done.push(await backupSegment(work));
    });
  }
  await lanes.end();
  return resultOf(chain, done, { sentObjects, sentBytes });
}

interface Wanted {
  readonly segment: Segment;
  readonly wanted: Span;
  readonly final: boolean;
}

/** What of each segment is determined, by this client's own look: nothing else is ever called backed up. */
async function wantedSegments(ctx: LogContext, chain: Chain): Promise<Wanted[]> {
  const wanted: Wanted[] = [];
  for (const segment of chain.segments) {
    const from = segment.start > chain.trimPoint ? segment.start : chain.trimPoint;
    // Read in place already: there is no server to read it from.
    if (segment.kind === 'archive') continue;
    const final = await endIsFinal(ctx, chain, segment);
    const to = final && segment.end !== undefined ? segment.end : await determined(ctx, segment);
    if (from < to) wanted.push({ segment, wanted: { from, to }, final });
  }
  return wanted;
}

/** What a commit quorum holds, or a store was told: never what might be acknowledged, and might not. */
async function determined(ctx: LogContext, segment: Segment): Promise<Position> {
  const survey = await logletOf(segment, ctx.logServers).states();
  if (!(await isKnownActive(ctx, segment, survey))) return segment.start;
  const known = survey.copies.map(({ state }) => state.knownCommitted);
  const bound = [boundOf(segment, survey.copies), ...known].sort(ascending).at(-1) ?? segment.start;
  return segment.end !== undefined && bound > segment.end ? segment.end : bound;
}

function byLoglet(refs: readonly SegmentRef[]): Map<LogletId, SegmentRef[]> {
  const map = new Map<LogletId, SegmentRef[]>();
  for (const ref of refs) map.set(ref.logletId, [...(map.get(ref.logletId) ?? []), ref]);
  return map;
}

function isHeld(held: Map<LogletId, SegmentRef[]>, { logletId, end }: Segment, { from }: Span): boolean {
  return (held.get(logletId) ?? []).some((ref) => ref.from <= from && ref.end === end);
}

function resultOf(
  chain: Chain,
  done: readonly SegmentDone[],
  sent: { readonly sentObjects: number; readonly sentBytes: number },
): LogDataBackup {
  const ordered = [...done].sort((a, b) => a.index - b.index);
  const missing = ordered.flatMap((one) => one.gaps);
  const held = ordered.flatMap(({ wanted, gaps }) => without(wanted, gaps));
  const [first] = joined(held);
  const unread = ordered.flatMap((one) => one.unread.map(({ from, replies }) => ({ from, replies })));
  const message = unread
    .map(({ from, replies }) => `Position ${from} is given by no server: ${describeReplies(replies)}.`)
    .join(' ');
  return {
    logId: chain.logId,
    outcome: missing.length > 0 ? 'partly' : 'done',
    from: first?.from ?? chain.trimPoint,
    upTo: first?.to ?? chain.trimPoint,
    determined: ordered.at(-1)?.wanted.to ?? chain.trimPoint,
    segments: chain.segments.length,
    whole: ordered.filter((one) => one.whole).length,
    ...sent,
    missing: missing.map(({ from, to }) => ({ from, to })),
    ...(message !== '' && { problem: { code: 'E_UNREACHABLE', message } }),
  };
}
