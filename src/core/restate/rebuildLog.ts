import type { Interval } from '../evidence.ts';
import type { NodeIncarnation } from './evidence.ts';
import { type LogletAnswer, type LogletLook, lookAtLoglet, silentCouldHold } from './logletLook.ts';
import { logletIdOf, logletName, placeOf } from './loglets.ts';
import { type Problem, verdictOf } from './problem.ts';
import type { LogEvidence, RebuiltLog, RebuiltSegment } from './rebuiltLog.ts';
import type { Segment } from './values.ts';

/**
 * The chain of one log from what a register told and what the log-servers hold.
 *
 *   1. start      at the register's chain, or at LSN 1 of segment 0.
 *   2. walk on    to the last loglet that exists. A stale chain is completed here: lifting the version of one that was
 *                 not hid segments into which records were being acknowledged.
 *   3. sum        next base = base + (tail − 1). A sealed tail is the highest that may have been acknowledged of what is
 *                 held, proven where it was told: local tails over-report, and so may a seal that lost.
 *   4. leave out  empty loglets (chains are keyed by base) and trimmed heads.
 *   5. hold       what a register says of ends against what the loglets hold.
 */
export function rebuildLog(evidence: LogEvidence): RebuiltLog | undefined {
  const walk = new Walk(evidence);
  if (!walk.known()) return undefined;
  walk.onward();
  walk.checkEnd();
  return walk.result();
}

class Walk {
  readonly #evidence: LogEvidence;
  readonly #problems: Problem[] = [];
  readonly #dropped: { logletId: bigint; because: 'empty' | 'trimmed' }[] = [];
  readonly #lost: Interval[] = [];
  #segments: RebuiltSegment[] = [];
  #completed = 0;

  constructor(evidence: LogEvidence) {
    this.#evidence = evidence;
  }

  /** What the register tells, each end held against the loglets. False when the log never existed. */
  known(): boolean {
    const segments = this.#evidence.chain?.segments ?? [];
    this.#segments = segments.map((segment, place): RebuiltSegment => {
      const end = segments[place + 1]?.base;
      const look = this.#lookAt(segment);
      if (look !== undefined && end !== undefined) this.#checkKnownEnd(segment, end, look);
      return { segment, from: 'register', ...(end !== undefined && { end }), ...(look && { look }) };
    });
    return segments.length > 0 || this.#lastExisting() >= 0;
  }

  /** Completes the chain up to the last loglet that exists. */
  onward(): void {
    const last = this.#segments.at(-1)?.segment;
    const until = this.#lastExisting();
    let index = last === undefined ? 0 : last.index + 1;
    if (index > until) return;
    if (last?.kind === 'other') {
      this.#say(
        'contradiction',
        `Segment ${last.index} of log ${this.#evidence.logId} is of kind ${last.name}, and loglets exist behind it: it cannot be said where they begin.`,
      );
      return;
    }
    let base = last === undefined ? 1n : this.#closeLast(last);
    for (; index <= until; index += 1) {
      const look = this.#look(index);
      const tail = index === until ? undefined : this.#settledTail(index, look, base);
      base = this.#add({ index, base, look, tail });
    }
    this.#dropTrimmed();
  }

  /** A register's last segment gets its end, its seal mark gives way to what follows. */
  #closeLast(last: Segment): bigint {
    this.#segments = this.#segments.filter((one) => one.segment.kind !== 'sealed');
    const closed = this.#segments.at(-1);
    if (last.kind === 'sealed' || closed?.look === undefined) return last.base;
    const tail = this.#settledTail(closed.segment.index, closed.look, closed.segment.base);
    const end = closed.segment.base + tail - 1n;
    this.#segments = [...this.#segments.slice(0, -1), { ...closed, end }];
    // An empty one shares its base with its successor, and a chain has one segment for each base.
    if (tail === 1n) this.#drop(this.#segments.pop(), 'empty');
    return end;
  }

  /**
   * What nodes were told lags behind after a restart, and what a write quorum of those who answer holds leaves out what was
   * acknowledged by one of them and a lost node: lower would give up acknowledged records. What is taken in too much was
   * acknowledged to nobody; what was applied of later segments is seen once more.
   */
  #settledTail(index: number, { bounds, answering }: LogletLook, base: bigint): bigint {
    const { told, reachable, highest } = bounds;
    if (highest === told) return told;
    const name = logletName(logletIdOf(this.#evidence.logId, index));
    const upTo =
      highest === undefined ? 'an unknown place, silent nodes could hold more' : `${base + highest - 1n}`;
    this.#say(
      'unproven',
      `Loglet ${name} ends between ${base + told - 1n} and ${upTo}, as ${answering.join(', ') || 'nobody'} tell: taken is the highest that may have been acknowledged of what they hold, ${base + reachable - 1n}. Every later segment begins where these sums put it.`,
      this.#look(index).wouldSettle,
    );
    return reachable;
  }

  #add({
    index,
    base,
    look,
    tail,
  }: {
    index: number;
    base: bigint;
    look: LogletLook;
    tail: bigint | undefined;
  }): bigint {
    const { logId, otherwise, sequencers } = this.#evidence;
    const logletId = logletIdOf(logId, index);
    if (tail === 1n) {
      this.#dropped.push({ logletId, because: 'empty' });
      return base;
    }
    const end = tail === undefined ? undefined : base + tail - 1n;
    const told = sequencers.get(logletId);
    const sequencer = told ?? this.#guessedSequencer();
    const segment: Segment = { kind: 'replicated', index, base, logletId, sequencer, ...otherwise };
    this.#segments.push({
      ...{ segment, from: 'loglets' as const, look },
      ...(end !== undefined && { end }),
      ...(told === undefined && { isSequencerGuessed: true as const }),
    });
    this.#completed += 1;
    return end ?? base;
  }

  /** Any will do where nothing must be completed: what nobody knows the writer of is sealed before it is written again. */
  #guessedSequencer(): NodeIncarnation {
    const { nodes, answering } = this.#evidence;
    const node = nodes.find(({ id }) => answering.has(id)) ?? nodes[0];
    return { id: node?.id ?? 1, generation: node?.generation ?? 1 };
  }

  /** A register keeps no segment that is trimmed as a whole; the last one always stays. */
  #dropTrimmed(): void {
    for (;;) {
      const [head, next] = this.#segments;
      if (head?.from !== 'loglets' || head.look === undefined || head.end === undefined || next === undefined)
        return;
      if (head.segment.base + head.look.trimPoint < head.end) return;
      this.#drop(this.#segments.shift(), 'trimmed');
    }
  }

  #drop(dropped: RebuiltSegment | undefined, because: 'empty' | 'trimmed'): void {
    if (dropped?.segment.kind !== 'replicated') return;
    this.#dropped.push({ logletId: dropped.segment.logletId, because });
  }

  #checkKnownEnd(segment: Segment, end: bigint, { bounds, exists }: LogletLook): void {
    if (segment.kind !== 'replicated') return;
    const name = logletName(segment.logletId);
    const from = this.#evidence.chain?.from ?? 'a register';
    // Not what a write quorum holds: a seal that lost may have completed records beyond the end that counts.
    const told = segment.base + bounds.told - 1n;
    if (told > end)
      this.#say(
        'contradiction',
        `Loglet ${name} was told acknowledged records up to ${told}, and ${from} ends it at ${end}: they do not belong together.`,
      );
    const reached = bounds.highest === undefined ? undefined : segment.base + bounds.highest - 1n;
    if (reached === undefined || reached >= end) return;
    this.#lost.push({ from: reached, to: end });
    this.#say(
      'loss',
      `Loglet ${name} ended at ${end}, and ${exists ? `its log-servers hold it up to ${reached} only` : 'its log-servers hold nothing of it'}: what is missing was on disks that are gone.`,
    );
  }

  /** That nothing follows the last loglet: it is open on a write quorum, or nobody silent could hold a successor. */
  checkEnd(): void {
    const { logId, answering, otherwise, nodes } = this.#evidence;
    const last = this.#segments.at(-1);
    if (last?.segment.kind === 'other') return;
    if (last?.look?.state === 'active' || !silentCouldHold(answering, otherwise, nodes)) return;
    const silent = nodes.filter(({ id, roles }) => roles.includes('log-server') && !answering.has(id));
    this.#say(
      'unproven',
      `Log ${logId} could go on behind segment ${last?.segment.index ?? 0}: ${silent.map(({ name }) => name).join(', ')} are enough to have acknowledged records of a later loglet, and are silent.`,
      lookAtLoglet(this.#answersFor(last), otherwise, nodes).wouldSettle,
    );
  }

  #answersFor(last: RebuiltSegment | undefined): readonly LogletAnswer[] {
    return last?.segment.kind === 'replicated'
      ? (this.#evidence.answers.get(last.segment.logletId) ?? [])
      : [];
  }

  result(): RebuiltLog {
    const last = this.#segments.at(-1);
    const { logId } = this.#evidence;
    return {
      logId,
      verdict: verdictOf(this.#problems),
      segments: this.#segments,
      dropped: this.#dropped,
      last: last?.segment.kind === 'sealed' ? 'sealed in the chain' : (last?.look?.state ?? 'unknown'),
      ...(last !== undefined && atRiskOf(last)),
      lost: this.#lost,
      completed: this.#completed,
      problems: this.#problems,
    };
  }

  #lastExisting(): number {
    const { logId, answers, nodes, otherwise } = this.#evidence;
    const indices = [...answers].flatMap(([logletId, given]) => {
      const place = placeOf(logletId);
      return place.logId === logId && lookAtLoglet(given, otherwise, nodes).exists ? [place.index] : [];
    });
    return Math.max(-1, ...indices);
  }

  #look(index: number): LogletLook {
    const known = this.#evidence.chain?.segments.find(
      (one) => one.kind === 'replicated' && one.index === index,
    );
    const shape = known?.kind === 'replicated' ? known : this.#evidence.otherwise;
    const answers = this.#evidence.answers.get(logletIdOf(this.#evidence.logId, index)) ?? [];
    return lookAtLoglet(answers, shape, this.#evidence.nodes);
  }

  #lookAt(segment: Segment): LogletLook | undefined {
    return segment.kind === 'replicated' ? this.#look(segment.index) : undefined;
  }

  #say(weighs: Problem['weighs'], message: string, wouldSettle?: Problem['wouldSettle']): void {
    const { logId } = this.#evidence;
    const settle = wouldSettle !== undefined && wouldSettle.length > 0;
    this.#problems.push({ weighs, logId, message, ...(settle && { wouldSettle }) });
  }
}

function atRiskOf({ segment, end, look }: RebuiltSegment): { atRisk?: Interval } {
  if (look === undefined || end !== undefined) return {};
  const { committed, highest } = look.bounds;
  const from = segment.base + committed - 1n;
  if (highest === undefined) return { atRisk: { from } };
  return highest > committed ? { atRisk: { from, to: segment.base + highest - 1n } } : {};
}
