import type { LogPlan, RebuildPlan } from '../../codec/plan.ts';
import type { Observation, ObservedServer } from '../../core/evidence.ts';
import type { InstallEvidence } from '../../core/reconstruct/facts.ts';
import type { Consent } from '../../core/reconstruct/reconstruct.ts';
import type { SegmentVerdict } from '../../core/reconstruct/segments.ts';

/** A server as the plan names it. */
export function describeServer({ serverId, answer }: ObservedServer): RebuildPlan['servers'][number] {
  switch (answer.kind) {
    case 'answered': {
      const { storeId, generation, retired } = answer.status;
      const state = answer.offline ? 'offline copy' : retired ? 'retired' : 'answered';
      return { id: serverId, state, storeId, ...(generation && { generation }) };
    }
    case 'silent':
      return { id: serverId, state: 'silent', detail: answer.detail };
    case 'unadmitted':
      return { id: serverId, state: 'not admitted', storeId: answer.status.storeId };
    case 'foreign':
      return { id: serverId, state: 'foreign', detail: `it belongs to cluster ${answer.status.clusterId}` };
  }
}

/** A segment with its evidence in words. */
export function describeSegment(segment: SegmentVerdict): LogPlan['segments'][number] {
  const { missing, evidence, nodeset, responders, ...rest } = segment;
  return {
    ...rest,
    nodeset,
    responders,
    evidence: evidenceLines(evidence),
    missing: missing.map(({ from, to }) => ({ from, to })),
    wouldReturn: missing[0]?.wouldReturn ?? [],
  };
}

/** `activated on s1, s2`: one line for each kind. */
function evidenceLines(evidence: readonly InstallEvidence[]): string[] {
  const words: Record<InstallEvidence['kind'], string> = {
    activated: 'activated on',
    entries: 'entries on',
    closed: 'close record on',
    'named by a close record': 'named by the close record on',
    listed: 'listed in',
    'extended by': 'extended by',
  };
  const kinds = [...new Set(evidence.map((one) => one.kind))];
  return kinds.map((kind) => {
    const by = evidence.filter((one) => one.kind === kind).map((one) => one.by);
    return `${words[kind]} ${[...new Set(by)].sort().join(', ')}`;
  });
}

/** What every proof of the plan rests on, printed with it. */
export function assumptions(
  { observation, consent }: { observation: Observation; consent: Consent },
  logs: readonly LogPlan[],
): string[] {
  const named = observation.servers.map((server) => server.serverId).join(', ');
  const always = [
    `The universe is complete: no server of this cluster exists beside ${named}.`,
    'No store is admitted to the old control plane after the fence.',
    ...unread(observation),
  ];
  const fenced = logs.some((log) => log.endProof === 'repository fence')
    ? [
        'The repository is complete and strongly consistent, and it enforces create-if-absent, as its probe showed.',
      ]
    : [];
  const stated = logs.some((log) => log.needs.includes('--old-metastore-destroyed'))
    ? ['The old MetaStore, and whatever could write to it, is destroyed or cut off.']
    : [];
  const destroyed = consent.repositoryDestroyed
    ? ['The repository that these logs required is gone for good, and no recovery will ever use it again.']
    : [];
  return [...always, ...fenced, ...stated, ...destroyed];
}

/** A copy counts as one until its checksums were seen to fail: said, unless all of them were read for this plan. */
function unread({ servers }: Observation): string[] {
  const copies = servers.flatMap(({ answer }) =>
    answer.kind === 'answered' ? answer.loglets.filter((one) => one.localTail > one.firstHeld) : [],
  );
  const left = copies.filter((copy) => copy.checkedTo === undefined).length;
  return left === 0
    ? []
    : [
        `Stored entries are whole where no server has noticed damage: ${left} of ${copies.length} copies were not read for this plan (\`--check-entries\`); \`vlog-dr verify\` reads them all.`,
      ];
}

export function distinctSets(sets: LogPlan['wouldSettle']): LogPlan['wouldSettle'] {
  return [...new Map(sets.map((set) => [set.join(), set])).values()];
}
