import type { ForeignAssessment } from '../../codec/results/foreignAssess.ts';
import { folded } from './fold.ts';

/** What a person reads: what is wrong first, then what there is. */
export function foreignAssessText(assessment: ForeignAssessment): string {
  const { findings, logServers, logs, metaStore, partitions } = assessment;
  return [
    foreignAssessLine(assessment),
    ...findings.flatMap(({ severity, code, message, next, playbook }) => [
      ...folded(message, `  ${severity.toUpperCase()} ${code}: `),
      ...(next === null ? [] : [`    next: ${next}`]),
      ...(playbook === null ? [] : [`    led through it: vlog-dr playbook run ${playbook}`]),
    ]),
    '',
    `Metadata store (${metaStore.kind}): ${metaStore.health.toUpperCase()} ${versionsText(metaStore.registers)}`,
    ...logServers.map(
      ({ id, name, address, state, storage, remembers }) =>
        `  ${id || '?'}  ${name} at ${address}: ${state}${storage === null ? '' : `, ${storage}`}; remembers ${versionsText(remembers) || 'nothing'}`,
    ),
    '',
    ...logs.map(logText),
    ...partitions.map(
      ({ id, leader, replicas }) =>
        `Partition ${id}: led by ${leader ?? 'nobody'}, on ${replicas.join(', ') || 'nobody'}`,
    ),
  ].join('\n');
}

/** One look in one line. */
export function foreignAssessLine({ cluster, findings, verdict }: ForeignAssessment): string {
  const count = (severity: string) => findings.filter((one) => one.severity === severity).length;
  const said =
    verdict === 'ok'
      ? 'OK, nothing is wrong'
      : `${count('critical')} critical, ${count('warning')} to look at`;
  return `${cluster.name} (Restate ${cluster.id}): ${verdict === 'unreachable' ? 'NOTHING ANSWERS' : said}`;
}

function logText(log: ForeignAssessment['logs'][number]): string {
  const margin =
    log.sealable === 'no'
      ? 'CANNOT BE ENDED'
      : `${log.lossesUntilUnsealable ?? 'no number of'} more losses until it cannot be ended`;
  const risk =
    log.atRisk === null ? '' : `; perhaps never acknowledged: ${log.atRisk.from} to ${log.atRisk.to ?? '…'}`;
  return `Log ${log.logId}: ${log.writable ? 'takes records' : 'TAKES NO RECORDS'}, ${log.segments} segments, the last is ${log.lastLoglet} on ${log.nodeset.join(', ')} ${log.replication}; ${margin}${risk}`;
}

/** Registers as Restate's people name them: `bifrost_config@4`. */
export function versionsText(registers: Readonly<Record<string, number>>): string {
  return Object.entries(registers)
    .map(([key, version]) => `${key}@${version}`)
    .join(' ');
}
