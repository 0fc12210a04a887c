import type { ForeignLogPlan, ForeignLogResult, RegistersPlan } from '../../../codec/plans/registers.ts';
import { endingText, intervals, names, titleOf } from './words.ts';

/** A rebuild of registers that are only good together, as the person reads it who has to say yes. */
export function registersText(plan: RegistersPlan): string {
  return [
    titleOf(plan, `${plan.verdict.toUpperCase()}, ${storeText(plan)}`),
    ...etcdText(plan),
    ...nodesText(plan),
    ...plan.registers.map(registerText),
    ...plan.logs.flatMap(logText),
    ...plan.unknowns.flatMap(({ what, consequence, supply }) => [
      '',
      `NOT KNOWN: ${what}. ${consequence}`,
      `  Would supply it: ${supply}.`,
    ]),
    '',
    ...endingText(plan),
  ].join('\n');
}

function storeText({ store }: RegistersPlan): string {
  const kind = store.kind === 'etcd' ? 'the etcd' : 'the built-in metadata store';
  const words = { serves: 'serves', empty: 'is empty', lost: 'is LOST' } as const;
  return `${kind} ${words[store.state]}`;
}

/** What is left of an etcd that is made anew. */
function etcdText({ newEtcd }: RegistersPlan): string[] {
  if (newEtcd === undefined) return [];
  const members = newEtcd.members.map(
    ({ name, clientUrl, state, detail }) =>
      `  ${name} at ${clientUrl}: ${state}${detail ? ` (${detail})` : ''}`,
  );
  const survivors = newEtcd.survivors.map(({ name, chosen, registers, isReadable, problems }) => {
    const versions = Object.entries(registers).map(([key, version]) => `${key}@${version}`);
    const held = isReadable ? versions.join(' ') : problems.join(' ');
    return `  ${chosen ? 'begun from' : 'survived on'} ${name}: ${held}`;
  });
  return [...members, ...survivors];
}

function nodesText({ nodes }: RegistersPlan): string[] {
  return nodes.map(({ id, name, address, state, setAside }) => {
    const aside = setAside ? ', its part of the lost store is set aside' : '';
    return `  ${id ?? 'N?'}  ${name} at ${address}: ${state === 'silent' ? 'SILENT' : state}${aside}`;
  });
}

function registerText({ key, version, from, action, before }: RegistersPlan['registers'][number]): string {
  const was = before === null ? 'nothing there' : `version ${before} there`;
  return action === 'keep'
    ? `  ${key}: version ${version} is right`
    : `  ${key}: version ${version} from ${from} (${was})`;
}

function logText(log: ForeignLogPlan): string[] {
  const completed = log.completed > 0 ? `, ${log.completed} of them found on the log-servers` : '';
  return [
    '',
    `Log ${log.logId}: ${log.verdict.toUpperCase()}, ${log.segments.length} segments${completed}; the last one is ${log.lastSegment}`,
    ...log.segments.map(segmentText),
    ...log.dropped.map(({ logletId, because }) => `  ${logletId} is left out: ${because}`),
    ...(log.loss.lost.length > 0 ? [`  LOST: ${intervals(log.loss.lost)}`] : []),
    ...(log.loss.possiblyLost.length > 0
      ? [`  Stored at the end, perhaps never acknowledged, kept: ${intervals(log.loss.possiblyLost)}`]
      : []),
    ...(log.wouldSettle.length > 0
      ? [
          `  The return of any of these would settle it: ${log.wouldSettle.map((set) => set.join('+')).join(', or ')}`,
        ]
      : []),
  ];
}

function segmentText(segment: ForeignLogPlan['segments'][number]): string {
  const { index, start, end, kind, logletId, nodeset, replication, sealedOn, responders, evidence } = segment;
  const range = `${start} to ${end ?? '…'}`;
  if (kind !== 'replicated') return `  ${index}  ${range}  ${kind}`;
  const sealed = sealedOn.length > 0 ? `, sealed on ${names(sealedOn)}` : '';
  return `  ${index}  ${range}  ${logletId} on ${names(nodeset)} ${replication ?? ''}; answering: ${names(responders)}${sealed}; ${evidence.join('; ')}`;
}

export function writtenText(
  plan: RegistersPlan,
  applied: { readonly results: readonly ForeignLogResult[]; readonly missing: readonly string[] },
): string {
  const written = plan.registers.filter(({ action }) => action === 'write').length;
  return [
    `${plan.cluster.name} has its registers again: ${written} written, ${plan.registers.length - written} were right.`,
    ...applied.results.map(({ logId, writable, tail, detail }) =>
      writable
        ? `Log ${logId}: takes records, its tail is ${tail}`
        : `Log ${logId}: TAKES NO RECORDS yet (${detail ?? 'no answer'})`,
    ),
    ...(applied.missing.length > 0 ? [`Not joined yet: ${applied.missing.join(', ')}`] : []),
    'Next: `vlog-dr verify`, and `vlog-dr backup`: a backup has what no log-server knows.',
  ].join('\n');
}
