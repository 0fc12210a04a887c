import type { AssessedLog, Assessment } from '../../codec/results/assess.ts';
import { durationText } from '../text/duration.ts';
import { intervals, names } from '../text/plans/words.ts';
import { chainFigure, chainRow, lossRow, serversFigure } from './chains.ts';
import { findingsTable, nextSteps, verdictOf } from './findings.ts';
import type { Block, Cell, Report, Section, Tone } from './model.ts';
import { list, momentText, section, table, toned } from './words.ts';

/** What `assess` found, to be shown to people who were not there. */
export function assessReport(assessment: Assessment): Report {
  const { cluster, takenAt, findings, logs } = assessment;
  const { generation } = cluster;
  return {
    title: `Assessment of ${cluster.name}`,
    verdict: verdictOf(assessment),
    facts: [
      ['Cluster', `${cluster.name} (${cluster.id})`],
      ['Taken', momentText(takenAt)],
      ['Generation', generation === null ? 'not known' : String(generation.number)],
    ],
    sections: [
      ...section('What is wrong', [findingsTable(findings.filter((one) => one.severity !== 'info'))]),
      ...section('What to do next', [nextSteps(assessment)]),
      ...section('The cluster', [clusterTable(assessment), ...serverProblems(assessment)]),
      ...logs.flatMap((log) => logSection(log, assessment)),
      ...section('Also noted', [findingsTable(findings.filter((one) => one.severity === 'info'))]),
    ],
  };
}

function clusterTable({ metaStore, logServers, backup }: Assessment): Block | undefined {
  const HEALTH: Readonly<Record<typeof metaStore.health, Tone>> = {
    ok: 'good',
    degraded: 'warn',
    lost: 'bad',
  };
  const silentMembers = metaStore.members.filter((one) => one.state === 'unreachable').map((one) => one.id);
  const answering = logServers.filter((one) => one.state === 'ok').length;
  const rows: Cell[][] = [
    [
      'MetaStore',
      toned(metaStore.health, HEALTH[metaStore.health]),
      [
        metaStore.kind,
        ...(silentMembers.length > 0 ? [`without ${names(silentMembers)}`] : []),
        ...(metaStore.problem === null ? [] : [metaStore.problem]),
      ].join('; '),
    ],
    [
      'LogServers',
      answering === logServers.length ? toned('ok', 'good') : toned('attention', 'warn'),
      `${answering} of ${logServers.length} answer and stand under the current generation`,
    ],
    ['Backup', ...backupCells(backup)],
  ];
  return table(['Part', 'State', ''], rows);
}

function backupCells({ lastVersion, behind, ageSeconds }: Assessment['backup']): Cell[] {
  if (lastVersion === null) return [toned('none', 'quiet'), 'No snapshot of a chain was found.'];
  const age = ageSeconds === null ? '' : `, ${durationText(ageSeconds * 1_000)} old`;
  const isBehind = behind !== null && behind > 0;
  return [
    isBehind ? toned('behind', 'warn') : toned('ok', 'good'),
    `version ${lastVersion}${age}${isBehind ? `, ${behind} behind` : ''}`,
  ];
}

function serverProblems({ logServers }: Assessment): (Block | undefined)[] {
  const wrong = logServers.filter((one) => one.state !== 'ok' && one.state !== 'retired');
  return [
    table(
      ['Server', 'State', 'Where', 'Detail'],
      wrong.map((one) => [one.id, toned(one.state, 'warn'), one.location, one.detail ?? '']),
    ),
  ];
}

function logSection(log: AssessedLog, { logServers }: Assessment): Section[] {
  const servers = logServers.map((one) => ({
    id: one.id,
    note: one.location,
    tone: (one.state === 'ok' ? 'good' : 'warn') as Tone,
  }));
  const label = log.chainFrom === 'register' ? 'In the MetaStore' : 'As the servers give it';
  const segments = log.segments.map((one) => ({ ...one, end: one.end ?? undefined }));
  return section(`Log ${log.logId}`, [
    writableNote(log),
    chainFigure('The chain over its positions, and what is missing of it.', [
      chainRow(label, segments),
      ...(hasLoss(log) ? [lossRow('Missing now', log.loss)] : []),
    ]),
    serversFigure('Who has a copy of which segment.', log.segments, servers),
    list(marginItems(log)),
  ]);
}

function hasLoss({ loss }: AssessedLog): boolean {
  return loss.lost.length + loss.possiblyLost.length + loss.unknownOutcomeResolved.length > 0;
}

function writableNote(log: AssessedLog): Block {
  const tail = log.tail === null ? 'Its tail is not known.' : `Its tail is ${log.tail}.`;
  if (log.writable) return { kind: 'note', tone: 'good', text: `It takes appends. ${tail}` };
  const why = log.taking.replace(/^nothing: /, '');
  return { kind: 'note', tone: 'bad', text: `It takes no appends: ${why}. ${tail}` };
}

function marginItems(log: AssessedLog): string[] {
  const last = log.segments.at(-1);
  const { servers, zones } = log.unsealableAfterLossOf;
  const single = [...servers, ...zones.map((zone) => `zone ${zone}`)];
  const { verdict: rebuilt, problems } = log.ifMetaStoreLost;
  return [
    ...(last === undefined ? [] : [marginText(last)]),
    ...(single.length > 0 ? [`The loss of any one of these would make it so: ${single.join(', ')}.`] : []),
    ...(log.loss.lost.length > 0 ? [`Lost: ${intervals(log.loss.lost)}.`] : []),
    ...(log.loss.possiblyLost.length > 0
      ? [`Not known from what answers: ${intervals(log.loss.possiblyLost)}.`]
      : []),
    `If the MetaStore were rebuilt from what answers now: ${rebuilt}. ${problems.join(' ')}`.trimEnd(),
  ];
}

function marginText({ sealable, lossesUntilUnsealable: losses }: AssessedLog['segments'][number]): string {
  if (!sealable) return 'The last segment cannot be sealed with those who answer.';
  if (losses === null) return 'No loss of servers can make the last segment unsealable.';
  return `${losses} more ${losses === 1 ? 'loss' : 'losses'} of servers would make the last segment unsealable.`;
}
