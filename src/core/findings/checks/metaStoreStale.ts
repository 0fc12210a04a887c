import { compareGenerations } from '../../generation.ts';
import type { LogletFacts } from '../../reconstruct/facts.ts';
import type { Check } from '../finding.ts';
import type { LogSituation } from '../situation.ts';

/** Something was installed after the value that the register holds: a backup of it was restored over it. */
export const metaStoreStale: Check = ({ logs }) =>
  logs.flatMap((log) => {
    const newer = newerThanRegister(log);
    if (log.register === undefined || newer === undefined) return [];
    return [
      {
        code: 'METASTORE_STALE',
        logId: log.logId,
        message: `The register of log ${log.logId} holds version ${log.register.version}, and ${newer}. It may be a restored old backup: what a reconfiguration builds on it would hide entries.`,
      },
    ];
  });

function newerThanRegister({ register, rebuilt, snapshot }: LogSituation): string | undefined {
  if (register === undefined) return undefined;
  const listed = new Set(register.segments.map((segment) => segment.logletId));
  const top = register.segments.at(-1)?.index ?? 0;
  const beyond = rebuilt.branching.path.filter(
    (facts) => facts.index > top && !listed.has(facts.logletId) && isKnownInstalled(facts),
  );
  const [first] = beyond;
  if (first !== undefined) return `loglet ${first.logletId}, segment ${first.index}, was installed after it`;
  const isAhead =
    snapshot !== undefined &&
    (compareGenerations(snapshot.generation, register.generation) || snapshot.version - register.version) > 0;
  return isAhead ? `the repository has version ${snapshot?.version} of it` : undefined;
}

/** A cached or saved chain may be what is wrong; a mark that stores carry is not. */
function isKnownInstalled(facts: LogletFacts): boolean {
  return facts.installed.some(({ kind }) => kind !== 'listed');
}
