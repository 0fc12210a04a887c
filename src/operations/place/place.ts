import type { PlacedLogletReport, PlaceReport } from '../../codec/results/place.ts';
import { type Chain, lastSegment } from '../../core/chain.ts';
import { describeDurability } from '../../core/durability.ts';
import { incarnation, type ServerId, storeId } from '../../core/ids.ts';
import { minimalFatalLosses } from '../../core/placement/fatal.ts';
import {
  isSegmentAtRisk,
  outcomeOf,
  type PlacedLoglet,
  type PlacedServer,
} from '../../core/placement/loglet.ts';
import { isLost, type Loss } from '../../core/placement/losses.ts';
import { quorumAfter } from '../../core/placement/members.ts';
import {
  type Tolerance,
  toleratedDataLoss,
  toleratedHostLoss,
  toleratedQuorumLoss,
} from '../../core/placement/tolerance.ts';
import { chooseNodeset } from '../../virtuallog/nodeset.ts';
import type { LogletPolicy } from '../../virtuallog/policy.ts';
import type { KnownChain } from './look.ts';
import { mergeFatal, type PlacedMember, placementOf, SHOWN_LEVELS } from './members.ts';

export interface PlaceInput {
  readonly cluster: PlaceReport['cluster'];
  readonly metaStore: { readonly kind: string; readonly members: readonly PlacedMember[] };
  readonly universe: readonly PlacedServer[];
  readonly policy: LogletPolicy;
  readonly chains: readonly KnownChain[];
  /** What could not be looked at, in whole sentences. */
  readonly problems: readonly string[];
  readonly asked: readonly Loss[];
  readonly tolerance?: Tolerance;
}

type NotSurvived = PlaceReport['notSurvived'][number];

/** Which losses the cluster survives where it stands, and which it does not. Pure. */
export function placeReport(input: PlaceInput): PlaceReport {
  const { cluster, metaStore, universe, policy, chains, asked, tolerance } = input;
  const lost = new Set(universe.filter((server) => isLost(server, asked) === true).map(({ id }) => id));
  const isAsked = asked.length > 0;
  const fresh = newLoglet(policy, universe);
  const placed = chains.map(({ chain, from }) => ({ chain, from, loglet: logletOf(chain, universe) }));
  const subjects: Subject[] = placed.map(({ chain, loglet }) => ({ of: `log ${chain.logId}`, loglet }));
  if (fresh !== undefined && subjects.length === 0) subjects.push({ of: 'a new loglet', loglet: fresh });
  const notSurvived = [
    ...(isAsked ? notSurvivedOf(input, subjects, lost) : []),
    ...(tolerance === undefined ? [] : notTolerated(input, subjects, tolerance)),
  ];
  return {
    cluster,
    asked,
    tolerate: tolerance ?? null,
    metaStore: {
      kind: metaStore.kind,
      ...placementOf(metaStore.members),
      quorum: isAsked ? quorumAfter(metaStore.members, asked) : null,
    },
    newLoglet: fresh === undefined ? null : describe(fresh, null, isAsked ? lost : undefined),
    logs: placed.map(({ chain, from, loglet }) => ({
      ...describe(loglet, lastSegment(chain).logletId, isAsked ? lost : undefined),
      logId: chain.logId,
      chainFrom: from,
      segmentsAtRisk: isAsked ? segmentsAtRisk(chain, lost) : [],
    })),
    notSurvived,
    problems: [...input.problems, ...placeless(metaStore.members)],
    verdict: notSurvived.length === 0 ? 'ok' : 'attention',
  };
}

interface Subject {
  readonly of: string;
  readonly loglet: PlacedLoglet;
}

function logletOf(chain: Chain, universe: readonly PlacedServer[]): PlacedLoglet {
  const { nodeset, durability, sequencer } = lastSegment(chain);
  const { nextRules } = chain;
  return { nodeset, durability, nextRules, universe, ...(sequencer && { sequencer: sequencer.serverId }) };
}

function newLoglet(policy: LogletPolicy, universe: readonly PlacedServer[]): PlacedLoglet | undefined {
  const candidates = universe.map(({ id, location }) => ({
    ...{ serverId: id, location },
    ...{ storeId: storeId(`a store of ${id}`), incarnation: incarnation(id) },
  }));
  const { durability, nodesetSize: size, nextRules } = policy;
  const choice = chooseNodeset({ candidates, durability, firm: true, size, turn: 0 });
  if (choice.choice === 'none') return undefined;
  const { nodeset, sequencer } = choice;
  return { nodeset, durability, nextRules, universe, sequencer: sequencer.serverId };
}

function describe(
  loglet: PlacedLoglet,
  logletId: PlacedLogletReport['logletId'],
  lost: ReadonlySet<ServerId> | undefined,
): PlacedLogletReport {
  const { nodeset, durability, sequencer, universe } = loglet;
  const idsOf = (servers: readonly PlacedServer[]) => new Set(servers.map(({ id }) => id));
  const members = nodeset.map(({ serverId, location }) => ({ id: serverId, location }));
  const forData = SHOWN_LEVELS.map((level) =>
    minimalFatalLosses(level, members, (gone) => !outcomeOf(loglet, idsOf(gone)).sealable),
  );
  const forAppends = SHOWN_LEVELS.map((level) =>
    minimalFatalLosses(level, universe, (gone) => outcomeOf(loglet, idsOf(gone)).appends === 'stop'),
  );
  return {
    logletId,
    durability: describeDurability(durability),
    nodeset: nodeset.map(({ serverId, location }) => ({ serverId, location })),
    sequencer: sequencer ?? null,
    outcome: lost === undefined ? null : outcomeOf(loglet, lost),
    fatalForData: mergeFatal(forData),
    fatalForAppends: mergeFatal(forAppends),
  };
}

/** Sealed, not trimmed, and every copy that their policy vouches for is lost. */
function segmentsAtRisk(chain: Chain, lost: ReadonlySet<ServerId>) {
  return chain.segments.flatMap((segment) => {
    const { index, logletId, start, end } = segment;
    if (end === undefined || end <= chain.trimPoint || !isSegmentAtRisk(segment, lost)) return [];
    return [{ index, logletId, start, end }];
  });
}

function notSurvivedOf(
  { metaStore, asked, chains }: PlaceInput,
  subjects: readonly Subject[],
  lost: ReadonlySet<ServerId>,
): NotSurvived[] {
  const failure = (of: string, what: NotSurvived['what']) => ({ of, what, losses: asked, tolerated: false });
  const quorum = quorumAfter(metaStore.members, asked);
  const risks = chains.filter(({ chain }) => segmentsAtRisk(chain, lost).length > 0);
  return [
    ...(quorum === 'kept' ? [] : [failure('MetaStore', 'quorum')]),
    ...subjects.flatMap(({ of, loglet }) => {
      const { sealable, appends } = outcomeOf(loglet, lost);
      const isSafe = sealable && !risks.some(({ chain }) => `log ${chain.logId}` === of);
      return [
        ...(isSafe ? [] : [failure(of, 'data')]),
        ...(appends === 'stop' ? [failure(of, 'appends')] : []),
      ];
    }),
  ];
}

function notTolerated(
  { metaStore }: PlaceInput,
  subjects: readonly Subject[],
  tolerance: Tolerance,
): NotSurvived[] {
  const failure = (of: string, what: NotSurvived['what'], losses: readonly Loss[] | undefined) =>
    losses === undefined
      ? []
      : [{ of, what, losses: losses.filter(({ names }) => names.length > 0), tolerated: true }];
  return [
    ...failure('MetaStore', 'quorum', toleratedQuorumLoss(metaStore.members, tolerance)),
    ...subjects.flatMap(({ of, loglet }) => [
      ...failure(of, 'data', toleratedDataLoss(loglet, tolerance)),
      ...failure(of, 'appends', toleratedHostLoss(loglet, tolerance)),
    ]),
  ];
}

function placeless(members: readonly PlacedMember[]): string[] {
  const unknown = members.filter(({ location }) => location === undefined).map(({ id }) => id);
  if (unknown.length === 0) return [];
  return [
    `Where ${unknown.join(', ')} of the MetaStore ${unknown.length === 1 ? 'stands' : 'stand'} is not configured: what the loss of a zone or a region does to ${unknown.length === 1 ? 'it' : 'them'} is not known.`,
  ];
}
