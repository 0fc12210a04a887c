import type { Finding, FindingCode } from './finding.ts';
import type { LogSituation, Situation } from './situation.ts';

/** While these stand, nobody can say what a segment should hold. */
const BARRING: ReadonlySet<FindingCode> = new Set<FindingCode>([
  'METASTORE_LOST',
  'METASTORE_STALE',
  'REGISTER_UNREADABLE',
  'FORK',
  'CONTRADICTION',
  'DESCRIPTORS_DIFFER',
]);

export function isUsable(log: LogSituation, findings: readonly Finding[]): boolean {
  const isBarred = findings.some((one) => BARRING.has(one.code) && one.logId === log.logId);
  return log.register !== undefined && !isBarred;
}

/** Why nothing may be done to the data, in whole sentences. */
export function barred({ observation }: Situation, findings: readonly Finding[]): string[] {
  if (!observation.registerReadable)
    return [
      'The MetaStore does not answer: which segments have ended, and where, is not certain without it.',
    ];
  return findings.filter((one) => BARRING.has(one.code)).map((one) => one.message);
}
