import { chainSchema } from '../../../codec/chain.ts';
import type { Frozen } from '../../../codec/common.ts';
import type { JournalRecord } from '../../../codec/journal.ts';
import type { LogPlan, RebuildPlan } from '../../../codec/plan.ts';
import type { AnyPlan } from '../../../codec/plans/planFile.ts';
import { type ReconfigurePlan, reconfiguredStepSchema } from '../../../codec/plans/reconfigure.ts';
import type { RegistersPlan } from '../../../codec/plans/registers.ts';
import type { RestorePlan } from '../../../codec/plans/restore.ts';
import type { Chain } from '../../../core/chain.ts';
import { intervals, names } from '../../text/plans/words.ts';
import { chainFigure, chainRow, lossRow, serversFigure } from '../chains.ts';
import type { Block, ChainRow, Section, Tone } from '../model.ts';
import { list, section, table, toned } from '../words.ts';

type Records = readonly JournalRecord[];

/** What the plan was made from, and what stood there afterwards. */
export function evidenceOf(plan: AnyPlan, records: Records): Section[] {
  switch (plan.kind) {
    case 'rebuild-metastore':
      return rebuildEvidence(plan, records);
    case 'force-new-cluster':
      return rebuildEvidence(plan.rebuild, records);
    case 'reconfigure':
      return section(`Log ${plan.logId}`, reconfigured(plan, records));
    case 'end-log':
    case 'seal':
    case 'fence':
    case 'admit':
    case 'retire':
    case 'repair':
      return section('What was found', [list(plan.problems)]);
    case 'rebuild-registers':
      return registersEvidence(plan);
    case 'restore':
      return restoreEvidence(plan);
  }
}

function restoreEvidence({ segments, problems, logId }: RestorePlan): Section[] {
  return [
    ...section(`Log ${logId}`, [
      table(
        ['Segment', 'Ends at', 'On no server', 'In the repository', 'Lost'],
        segments.map(({ index, end, missing, held, left }) => [
          String(index),
          String(end),
          intervals(missing) || 'not known',
          intervals(held) || 'nothing',
          left.length === 0 ? 'nothing' : toned(intervals(left), 'bad'),
        ]),
      ),
    ]),
    ...section('What was found', [list(problems)]),
  ];
}

function registersEvidence({ registers, logs, problems }: RegistersPlan): Section[] {
  return [
    ...section('Registers', [
      table(
        ['Register', 'Version', 'From', 'Was'],
        registers.map(({ key, version, from, action, before }) => [
          key,
          action === 'keep' ? 'kept' : String(version),
          from,
          before === null ? 'nothing' : `version ${before}`,
        ]),
      ),
    ]),
    ...section('Logs', [
      table(
        ['Log', 'Verdict', 'Segments', 'Lost', 'Possibly lost'],
        logs.map(({ logId, verdict, segments, loss }) => [
          logId,
          toned(verdict, VERDICT[verdict]),
          String(segments.length),
          loss.lost.length === 0 ? 'nothing' : toned(intervals(loss.lost), 'bad'),
          loss.possiblyLost.length === 0 ? 'nothing' : toned(intervals(loss.possiblyLost), 'warn'),
        ]),
      ),
    ]),
    ...section('What was found', [list(problems)]),
  ];
}

const VERDICT: Readonly<Record<LogPlan['verdict'], Tone>> = {
  proven: 'good',
  unproven: 'warn',
  contradiction: 'bad',
};

function rebuildEvidence(plan: RebuildPlan, records: Records): Section[] {
  const after = chainsIn(records);
  return [
    ...section('Verdicts', [
      table(
        ['Log', 'Verdict', 'Decision', 'Lost', 'Possibly lost'],
        plan.logs.map((log) => [
          log.logId,
          toned(log.verdict, VERDICT[log.verdict]),
          log.decision,
          log.loss.lost.length === 0 ? 'nothing' : toned(intervals(log.loss.lost), 'bad'),
          log.loss.possiblyLost.length === 0 ? 'nothing' : toned(intervals(log.loss.possiblyLost), 'warn'),
        ]),
      ),
    ]),
    ...plan.logs.flatMap((log) => logEvidence(log, plan, after.get(log.logId))),
    ...section('Evidence that was not used', [list(plan.rejectedEvidence)]),
  ];
}

function logEvidence(log: LogPlan, { servers }: RebuildPlan, after: Chain | undefined): Section[] {
  const notes = servers.map(({ id, state }) => ({
    id,
    note: state,
    tone: (state === 'answered' ? 'good' : 'warn') as Tone,
  }));
  return section(`Log ${log.logId}`, [
    chainFigure('The chain before and after, over the positions of the log.', [
      beforeRow(log),
      chainRow(
        'Found by the plan',
        log.segments.map((one) => ({ ...one, end: one.end })),
        'no segment',
      ),
      ...(after === undefined ? [] : [afterRow(after)]),
      lossRow('Entries', log.loss),
    ]),
    serversFigure('Who answered with a copy of which segment.', log.segments.map(copiesIn), notes),
    table(
      ['Segment', 'Positions', 'State', 'Why it belongs to the chain'],
      log.segments.map((one) => [
        `${one.index}`,
        `${one.start} ${one.end === undefined ? 'on' : `to ${one.end}`}`,
        one.state,
        one.evidence.map(shortened).join('; '),
      ]),
    ),
    list([
      ...log.problems.map((problem) => problem.message),
      ...log.changes,
      ...log.orphans.map(
        (one) => `Set aside: loglet ${one.logletId} on ${names(one.servers)} (${one.because}).`,
      ),
      ...log.otherSides.map((one) => `The other side: loglet ${one.logletId} on ${names(one.servers)}.`),
      ...log.abandoned.map((one) => `Kept, not served: loglet ${one.logletId} on ${names(one.servers)}.`),
    ]),
  ]);
}

function copiesIn({ index, nodeset, responders }: LogPlan['segments'][number]) {
  return { index, nodeset: nodeset.map((member) => member.serverId), responders };
}

/** All descendants name a segment: the first says enough. */
function shortened(evidence: string): string {
  const [first = '', ...others] = evidence.split(', ');
  return others.length > 0 && first.startsWith('extended by')
    ? `${first} and ${others.length} more`
    : evidence;
}

/** A plan keeps only the identity of what was in the register: that is what it was compared with. */
function beforeRow({ registerBefore }: LogPlan): ChainRow {
  const empty =
    registerBefore === null
      ? 'an empty register'
      : `version ${registerBefore.version} of generation ${registerBefore.generation.number}`;
  return { label: 'In the MetaStore', parts: [], empty };
}

function afterRow(chain: Chain): ChainRow {
  const last = chain.segments.length - 1;
  return chainRow(
    `After: version ${chain.version}`,
    chain.segments.map((one, place) => ({
      index: one.index,
      start: one.start,
      end: one.end,
      state:
        place === last
          ? 'active'
          : one.start < chain.trimPoint && (one.end ?? 0n) <= chain.trimPoint
            ? 'trimmed'
            : 'sealed',
    })),
  );
}

/** The last chain of each log that a step brought back from the register. */
function chainsIn(records: Records): Map<string, Chain> {
  const chains = new Map<string, Chain>();
  for (const record of records) {
    if (record.type !== 'done') continue;
    const found = chainSchema.safeParse(record.result);
    if (found.success) chains.set(found.data.logId, found.data);
  }
  return chains;
}

function reconfigured(plan: ReconfigurePlan, records: Records): (Block | undefined)[] {
  const { last, logId } = plan;
  const done = lastDone(records);
  const before = { index: last.index, start: last.start, end: undefined, state: 'active' as const };
  const servers = [...last.nodeset, ...(done?.nodeset ?? [])].map((member) => member.serverId);
  const copies = [
    {
      index: last.index,
      nodeset: last.nodeset.map((member) => member.serverId),
      responders: last.responders,
    },
    ...(done === undefined ? [] : [copiesOf(last.index + 1, done)]),
  ];
  return [
    chainFigure(`The last loglets of log ${logId}.`, [
      chainRow(`Before: version ${plan.version}`, [before]),
      ...(done === undefined
        ? []
        : [
            chainRow(`After: version ${done.version}`, [
              { ...before, end: done.start, state: 'sealed' },
              { index: done.segments - 1, start: done.start, end: undefined, state: 'active' },
            ]),
          ]),
    ]),
    serversFigure(
      'Whose copies they are.',
      copies,
      [...new Set(servers)].sort().map((id) => ({ id, note: '', tone: 'quiet' })),
    ),
    list(plan.problems),
  ];
}

type Reconfigured = Frozen<ReturnType<typeof reconfiguredStepSchema.parse>>;

function lastDone(records: Records): Reconfigured | undefined {
  const results = records.flatMap((record) => {
    const parsed = reconfiguredStepSchema.safeParse(record.type === 'done' ? record.result : undefined);
    return parsed.success ? [parsed.data] : [];
  });
  return results.at(-1);
}

function copiesOf(index: number, { nodeset }: Reconfigured) {
  const members = nodeset.map((member) => member.serverId);
  return { index, nodeset: members, responders: members };
}
