import type { AssessedLog, Assessment } from '../../codec/results/assess.ts';
import { folded } from './fold.ts';
import { intervals, names } from './plans/words.ts';

type Segment = AssessedLog['segments'][number];

/** An assessment for people: what is wrong first, then the cluster, then what to do. No line needs colour. */
export function assessText(assessment: Assessment): string {
  const { cluster, findings, logs } = assessment;
  const generation = cluster.generation === null ? 'unknown' : cluster.generation.number;
  return [
    `${cluster.name}: ${headline(assessment)} (generation ${generation})`,
    ...findings.filter((one) => one.severity !== 'info').flatMap(findingText),
    '',
    ...metaStoreText(assessment),
    ...serversText(assessment),
    ...backupText(assessment),
    ...logs.flatMap(logText),
    ...noted(assessment),
    '',
    nextText(assessment),
  ].join('\n');
}

/** One line for those who watch. */
export function assessLine({ cluster, findings, verdict, logs }: Assessment): string {
  const wrong = findings.filter((one) => one.severity !== 'info').map((one) => one.code);
  const tails = logs.map((log) => `${log.logId}@${log.tail ?? '?'}`).join(' ');
  return `${WORD[verdict]} ${cluster.name} ${tails} ${[...new Set(wrong)].join(' ')}`.trimEnd();
}

const WORD: Readonly<Record<Assessment['verdict'], string>> = {
  ok: 'OK',
  attention: 'WARN',
  unreachable: 'UNKNOWN',
};

const MARK: Readonly<Record<Assessment['findings'][number]['severity'], string>> = {
  critical: 'CRITICAL',
  warning: 'WARN',
  info: 'INFO',
};

function headline({ verdict, findings }: Assessment): string {
  if (verdict === 'ok') return 'OK, nothing is wrong';
  if (verdict === 'unreachable') return 'UNKNOWN, nothing answers';
  const count = (severity: string) => findings.filter((one) => one.severity === severity).length;
  const parts = [
    count('critical') > 0 ? `${count('critical')} critical` : '',
    count('warning') > 0 ? `${count('warning')} to look at` : '',
  ].filter((part) => part !== '');
  return `${count('critical') > 0 ? 'CRITICAL' : 'WARN'}, ${parts.join(', ')}`;
}

function findingText(finding: Assessment['findings'][number]): string[] {
  return folded(`${finding.code}: ${finding.message}`, `  ${MARK[finding.severity].padEnd(9)}`);
}

function metaStoreText({ metaStore }: Assessment): string[] {
  const { kind, health, members } = metaStore;
  const word = { ok: 'OK', degraded: 'WARN', lost: 'LOST' }[health];
  const silent = members.filter((member) => member.state === 'unreachable').map((member) => member.id);
  const missing = silent.length > 0 ? `, without ${names(silent)}` : '';
  return [`MetaStore   ${word.padEnd(4)}  ${kind}${missing}`];
}

function serversText({ logServers }: Assessment): string[] {
  const states = [...new Set(logServers.map((server) => server.state))];
  return states.map((state, place) => {
    const ids = logServers.filter((server) => server.state === state).map((server) => server.id);
    const word = state === 'ok' ? 'OK' : state === 'retired' ? 'INFO' : 'WARN';
    const shown = ids.length > 12 ? `${names(ids.slice(0, 12))} and ${ids.length - 12} more` : names(ids);
    return `${place === 0 ? 'LogServers' : '          '}  ${word.padEnd(4)}  ${state === 'ok' ? '' : `${state}: `}${shown}`;
  });
}

function backupText({ backup }: Assessment): string[] {
  if (backup.lastVersion === null) return ['Backup      none'];
  const age = backup.ageSeconds === null ? '' : `, ${ageText(backup.ageSeconds)} old`;
  const word = backup.behind === 0 || backup.behind === null ? 'OK' : 'WARN';
  const behind = backup.behind === null || backup.behind === 0 ? '' : `, ${backup.behind} behind`;
  return [`Backup      ${word.padEnd(4)}  version ${backup.lastVersion}${behind}${age}`];
}

function ageText(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

function logText(log: AssessedLog): string[] {
  const isEvidence = log.chainFrom === 'evidence';
  const version = isEvidence ? `possibly version ${log.version}` : `version ${log.version}`;
  return [
    '',
    `Log ${log.logId}: ${log.writable ? 'OK, takes appends' : `WARN, ${takingText(log)}`}; ${tailText(log)}; ${version}`,
    ...(isEvidence ? ['  Its chain as servers and backups give it, the MetaStore does not:'] : []),
    ...segmentsText(log.segments),
    ...marginText(log),
    ...lossText(log),
    ...dataText(log),
    ...rebuildText(log),
  ];
}

function dataText({ data, segments, trimPoint }: AssessedLog): string[] {
  if (data === null) return [];
  const held = data.upTo > trimPoint ? `${trimPoint} to ${data.upTo}` : 'none without a hole';
  return [`  Entries in the repository: ${held}; ${data.whole} of ${segments.length} segments whole.`];
}

function takingText({ taking }: AssessedLog): string {
  if (!taking.startsWith('nothing: ')) return `takes ${taking}`;
  return `takes no appends (${taking.slice('nothing: '.length)})`;
}

function tailText({ tail, tailKind, tailIfSealed }: AssessedLog): string {
  if (tail === null) return 'tail unknown';
  if (tailKind === 'acknowledged') return `tail ${tail}`;
  if (tailIfSealed === null) return `tail at least ${tail}`;
  return tailIfSealed <= tail ? `tail ${tail}` : `tail ${tail} to ${tailIfSealed}`;
}

/** A long chain is told by its ends and by all between that is not plainly whole. */
function segmentsText(segments: readonly Segment[]): string[] {
  const lines: string[] = [];
  let hidden = 0;
  const gap = () => {
    if (hidden > 0) lines.push(`  …  ${hidden} sealed segments, whole`);
    hidden = 0;
  };
  segments.forEach((segment, place) => {
    const isEnd = place === 0 || place === segments.length - 1;
    if (!isEnd && segments.length > 5 && wordOf(segment) === 'OK') {
      hidden += 1;
      return;
    }
    gap();
    lines.push(segmentText(segment));
  });
  gap();
  return lines;
}

function segmentText(segment: Segment): string {
  const { index, start, end, state, durability, nodeset, responders } = segment;
  const silent = nodeset.filter((id) => !responders.includes(id));
  const copies = silent.length === 0 ? `all ${nodeset.length} answer` : `without ${names(silent)}`;
  const range = `${start} ${end === null ? 'on' : `to ${end}`}`;
  const gaps = segment.missing.length > 0 ? `; on nobody who answers: ${intervals(segment.missing)}` : '';
  return `  ${String(index).padEnd(3)}  ${wordOf(segment).padEnd(4)}  ${state}, ${range}, ${durability ?? 'policy unknown'}; ${copies}${gaps}`;
}

function wordOf({ state, missing, underReplicated, sealable }: Segment): 'OK' | 'WARN' | 'LOST' {
  if (state === 'lost' || missing.length > 0) return 'LOST';
  if (state === 'trimmed') return 'OK';
  return underReplicated || (state === 'active' && !sealable) ? 'WARN' : 'OK';
}

function marginText({ segments, unsealableAfterLossOf }: AssessedLog): string[] {
  const last = segments.at(-1);
  if (last === undefined) return [];
  if (!last.sealable) return ['  The last segment cannot be sealed with those who answer.'];
  const { servers, zones } = unsealableAfterLossOf;
  const single = [...servers, ...zones.map((zone) => `zone ${zone}`)];
  const margin = last.lossesUntilUnsealable;
  const losses =
    margin === null ? 'No loss makes' : `${margin} more loss${margin === 1 ? '' : 'es'} would make`;
  return [`  ${losses} it unsealable${single.length > 0 ? `; alone: ${names(single)}` : ''}.`];
}

function lossText({ loss }: AssessedLog): string[] {
  const lines: string[] = [];
  if (loss.lost.length > 0) lines.push(`  LOST: ${intervals(loss.lost)}`);
  const silent = loss.possiblyLost.filter((one) => one.to !== undefined);
  const beyond = loss.possiblyLost.filter((one) => one.to === undefined);
  if (silent.length > 0) lines.push(`  LOST unless silent servers return: ${intervals(silent)}`);
  if (beyond.length > 0) lines.push(`  NOT KNOWN from what answers: ${intervals(beyond)}`);
  if (loss.unknownOutcomeResolved.length > 0)
    lines.push(`  Stored, perhaps not acknowledged, kept: ${intervals(loss.unknownOutcomeResolved)}`);
  return lines.length > 0 ? lines : ['  Lost now: nothing.'];
}

function rebuildText({ ifMetaStoreLost, chainFrom }: AssessedLog): string[] {
  const { verdict, problems } = ifMetaStoreLost;
  const when = chainFrom === 'register' ? 'If the MetaStore were lost now' : 'A rebuild now';
  if (verdict === 'proven') return [`  ${when}: its chain is proven by what answers.`];
  return folded(`${when}: ${verdict}. ${problems.join(' ')}`, '  WARN ');
}

function noted({ findings }: Assessment): string[] {
  const info = findings.filter((one) => one.severity === 'info');
  return info.length === 0 ? [] : ['', ...info.flatMap(findingText)];
}

/** The worst finding that a command answers decides what comes next. */
function nextText({ findings, verdict, cluster }: Assessment): string {
  if (verdict === 'ok') return 'Next: nothing to do.';
  if (verdict === 'unreachable')
    return `Next: check the addresses and the network of ${cluster.name}: \`vlog-dr doctor\`.`;
  const first = findings.find((one) => one.next !== null && one.severity !== 'info');
  if (first === undefined) return 'Next: bring back the servers named above, and assess again.';
  const playbook = first.playbook === null ? '' : ` (playbook ${first.playbook})`;
  return `Next: \`${first.next}\`${playbook}`;
}
