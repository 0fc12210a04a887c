import type { ForeignAssessment } from '../../codec/results/foreignAssess.ts';
import { durationText } from '../text/duration.ts';
import { versionsText } from '../text/foreignAssess.ts';
import { findingsTable, nextSteps, verdictOf } from './findings.ts';
import type { Block, Cell, Report, Tone } from './model.ts';
import { momentText, section, table, toned } from './words.ts';

/** What `assess` found of a Restate cluster, to be shown to people who were not there. */
export function foreignAssessReport(assessment: ForeignAssessment): Report {
  const { cluster, takenAt, findings } = assessment;
  return {
    title: `Assessment of ${cluster.name}`,
    verdict: verdictOf(assessment),
    facts: [
      ['Cluster', `${cluster.name} (Restate, fingerprint ${cluster.id})`],
      ['Taken', momentText(takenAt)],
    ],
    sections: [
      ...section('What is wrong', [findingsTable(findings.filter((one) => one.severity !== 'info'))]),
      ...section('What to do next', [nextSteps(assessment)]),
      ...section('The cluster', [storeTable(assessment), nodesTable(assessment)]),
      ...section('Logs', [logsTable(assessment)]),
      ...section('Partitions', [partitionsTable(assessment)]),
      ...section('Also noted', [findingsTable(findings.filter((one) => one.severity === 'info'))]),
    ],
  };
}

const HEALTH: Readonly<Record<ForeignAssessment['metaStore']['health'], Tone>> = {
  ok: 'good',
  degraded: 'warn',
  lost: 'bad',
};

function storeTable({ metaStore, backup }: ForeignAssessment): Block | undefined {
  const { kind, health, registers } = metaStore;
  const age = backup.ageSeconds === null ? '' : `${durationText(backup.ageSeconds * 1_000)} old`;
  const behind = backup.behind.length > 0 ? `, without the last change of ${backup.behind.join(', ')}` : '';
  const backupCells: Cell[] =
    backup.last === null
      ? [toned('none', 'warn'), 'Services, rules and features are in no log-server.']
      : [toned(behind === '' ? 'ok' : 'behind', behind === '' ? 'good' : 'warn'), `${age}${behind}`];
  return table(
    ['Part', 'State', ''],
    [
      ['Metadata store', toned(health, HEALTH[health]), `${kind}; ${versionsText(registers)}`],
      ['Backup', ...backupCells],
    ],
  );
}

function nodesTable({ logServers }: ForeignAssessment): Block | undefined {
  return table(
    ['Node', 'State', 'Storage', 'Where', 'Remembers'],
    logServers.map(({ id, name, state, storage, address, remembers }) => [
      `${name} (${id || 'id not known'})`,
      toned(state, state === 'ok' ? 'good' : 'warn'),
      storage ?? '',
      address,
      versionsText(remembers) || 'nothing',
    ]),
  );
}

function logsTable({ logs }: ForeignAssessment): Block | undefined {
  return table(
    ['Log', 'State', 'The last loglet', 'Losses until it cannot be ended', 'Perhaps never acknowledged'],
    logs.map(({ logId, writable, lastLoglet, nodeset, replication, ...log }) => [
      logId,
      writable ? toned('takes records', 'good') : toned('takes no records', 'bad'),
      `${lastLoglet} on ${nodeset.join(', ')} ${replication}`,
      log.sealable === 'no'
        ? toned('cannot be ended', 'bad')
        : `${log.lossesUntilUnsealable ?? 'no number of them'}`,
      log.atRisk === null ? '' : `${log.atRisk.from} to ${log.atRisk.to ?? '…'}`,
    ]),
  );
}

function partitionsTable({ partitions }: ForeignAssessment): Block | undefined {
  return table(
    ['Partition', 'Led by', 'On', 'Broken'],
    partitions.map(({ id, leader, replicas, broken }) => [
      String(id),
      leader === null ? toned('nobody', 'bad') : leader,
      replicas.join(', '),
      broken.length === 0 ? '' : toned(broken.join('; '), 'bad'),
    ]),
  );
}
