import type { ShadowLog, ShadowResult } from '../../codec/results/shadow.ts';
import { folded } from './fold.ts';
import { names } from './plans/words.ts';

const HEADLINE: Readonly<Record<ShadowResult['verdict'], string>> = {
  same: 'OK, every chain would come back as it is, proven by the LogServers alone',
  moved: 'WARN, production was reconfigured while it was looked at, twice: try again',
  'not proven': 'WARN, a rebuild from the LogServers alone would not be proven now',
  differs: 'CRITICAL, a rebuild would not give what the MetaStore has',
};

/** What a rebuild would be worth now. */
export function shadowText(result: ShadowResult): string {
  const { cluster, verdict, servers, phases, durationMs, logs } = result;
  const silent = servers.silent.length === 0 ? '' : `; silent: ${names(servers.silent)}`;
  return [
    `${cluster.name}: ${HEADLINE[verdict]}`,
    '  Nothing was written anywhere, and no fence was raised: this is no recovery.',
    '',
    `Servers   ${servers.answered.length} answered${silent}`,
    `Took      ${durationMs} ms: asking ${phases.observeMs}, planning ${phases.planMs}, restoring ${phases.restoreMs}, comparing ${phases.compareMs}`,
    ...logs.flatMap(logText),
    '',
    nextText(verdict),
  ].join('\n');
}

function logText(log: ShadowLog): string[] {
  const version = log.version === null ? 'no register' : `version ${log.version}`;
  return [
    '',
    `Log ${log.logId}: ${log.verdict}; ${version}, ${log.same} of ${log.segments} segments the same; a rebuild would be ${log.rebuild}`,
    ...log.differences.flatMap((text) => folded(text, '  DIFFERS   ')),
    ...log.problems.flatMap((text) => folded(text, '  UNPROVEN  ')),
  ];
}

function nextText(verdict: ShadowResult['verdict']): string {
  switch (verdict) {
    case 'same':
      return 'Next: nothing to do.';
    case 'moved':
      return 'Next: `vlog-dr drill shadow` at a quieter moment.';
    case 'not proven':
      return 'Next: bring back the silent servers, or have a repository: `vlog-dr backup --follow`.';
    case 'differs':
      return 'Next: `vlog-dr assess`';
  }
}
