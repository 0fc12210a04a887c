import type { Assessment } from '../../codec/results/assess.ts';
import type { Finding, FindingCode } from '../../core/findings/finding.ts';
import { findingsOf } from '../../core/findings/findings.ts';
import { type Situation, situationOf } from '../../core/findings/situation.ts';
import type { Cluster } from '../cluster.ts';
import { dataOf } from './data.ts';
import { lookAt } from './look.ts';
import { reportOf } from './report.ts';
import { tailsOf } from './tails.ts';

/**
 * A look at everything, read-only. Registers and servers are asked at the same time, so a reconfiguration that happens
 * meanwhile looks like an old register or a loglet without a successor: what can pass by itself is looked at twice.
 */
export async function assess(cluster: Cluster): Promise<Assessment> {
  const first = await judge(cluster);
  const isDoubtful = first.findings.some((finding) => PASSING.has(finding.code));
  const { situation, findings } = isDoubtful ? confirmed(first, await judge(cluster)) : first;
  const [tails, data] = await Promise.all([tailsOf(cluster, situation), dataOf(cluster, situation)]);
  return reportOf({
    cluster: { id: cluster.clusterId, name: cluster.name },
    takenAt: cluster.clock.now(),
    situation,
    findings,
    tails,
    data,
  });
}

interface Judged {
  readonly situation: Situation;
  readonly findings: readonly Finding[];
}

async function judge(cluster: Cluster): Promise<Judged> {
  const situation = situationOf(await lookAt(cluster));
  return { situation, findings: findingsOf(situation) };
}

/** What a reconfiguration under way looks like from outside. */
const PASSING: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'METASTORE_STALE',
  'METASTORE_LOST',
  'CONTRADICTION',
  'LOG_STUCK_SEALED',
  'LOG_NOT_ACTIVATED',
  'SEQUENCER_GONE',
  'BACKUP_BEHIND',
]);

/** The second look, less what was not so in the first one too. */
function confirmed(first: Judged, second: Judged): Judged {
  const before = new Set(first.findings.map(nameOf));
  const findings = second.findings.filter(
    (finding) => !PASSING.has(finding.code) || before.has(nameOf(finding)),
  );
  return { ...second, findings };
}

function nameOf({ code, logId, logletId }: Finding): string {
  return [code, logId, logletId].join(' ');
}
