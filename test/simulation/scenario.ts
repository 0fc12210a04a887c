import type { SnapshotPolicy } from '../../src/core/chain.ts';
import type { Durability, SuccessorRule } from '../../src/core/durability.ts';
import { serverId } from '../../src/core/ids.ts';
import { MOMENTS, type Moment } from './oracle/oracle.ts';
import { CALM, type Weather } from './sim/network.ts';
import { Rng } from './sim/rng.ts';

/** How many of each disaster a run may see at most; the rest of a profile. */
export interface FaultBudget {
  readonly kills: number;
  /** Several servers, or a whole zone, at once. */
  readonly outages: number;
  readonly freezes: number;
  readonly cuts: number;
  readonly wipes: number;
  readonly rottenEntries: number;
  readonly rottenDescriptors: number;
  readonly clockJumps: number;
  readonly metaStoreOutages: number;
  readonly repositoryOutages: number;
  readonly clientKills: number;
}

export type Disaster = 'lost' | 'lost, old register restored' | 'alive, cut off from the operator' | 'none';

export interface Scenario {
  readonly profile: string;
  readonly servers: number;
  readonly zones: number;
  readonly logs: number;
  readonly nodesetSize: number;
  readonly policies: readonly Durability[];
  readonly rules: readonly SuccessorRule[];
  readonly snapshots: { readonly mode: SnapshotPolicy['mode'] };
  readonly weather: Weather;
  readonly diskMs: number;
  readonly crashAtCommit: number;
  readonly cutStreams: number;
  readonly appenders: number;
  readonly appends: number;
  readonly reconfigurers: number;
  readonly reconfigurations: number;
  readonly trims: number;
  readonly budget: FaultBudget;
  readonly disaster: Disaster;
  /** Servers that do not answer the recovery: dead, cut off, or with a new disk. */
  readonly silent: number;
  readonly wipedAtDisaster: number;
  readonly rottenRepository: boolean;
  readonly carelessRepository: boolean;
  readonly operators: number;
  /** Kills of a recovery, each at a drawn call. */
  readonly recoveryKills: number;
  /** The killed run is resumed from its journal; otherwise the command is run anew. */
  readonly resumes: boolean;
  /** Whether operators give the consent that a plan asks for. */
  readonly consents: boolean;
  /** Clients keep working while the recovery runs. */
  readonly busy: boolean;
  /** Evidence beyond the servers: chains that clients kept. */
  readonly caches: boolean;
  /** Silent servers come back while the recovery runs. */
  readonly returns: boolean;
  /** The disaster strikes at the n-th such moment; otherwise when the work is done, or at a drawn time. */
  readonly strike?: { readonly moment: Moment; readonly count: number };
  /** Who is silent: anybody, or the members of a log's last loglet, or all of these but one. */
  readonly silence: 'anybody' | 'last nodeset' | 'last nodeset but one';
  /** Disks that are replaced while the recovery runs or after it. */
  readonly lateWipes: number;
  /** All reconfigurers begin at the same moments. */
  readonly racing: boolean;
  readonly readers: number;
  /** Strikes at a step of a reconfiguration, and silences those who know of it. */
  readonly worst: boolean;
}

/** What a profile allows; numbers are the greatest of a drawn range. */
interface Profile {
  readonly about: string;
  readonly servers: readonly [number, number];
  readonly logs: number;
  readonly segments: readonly [number, number];
  readonly appends: readonly [number, number];
  readonly weather: Weather;
  readonly budget: Partial<FaultBudget>;
  readonly snapshots: readonly SnapshotPolicy['mode'][];
  readonly disasters: readonly Disaster[];
  readonly changes?: Partial<
    Pick<
      Scenario,
      | 'crashAtCommit'
      | 'cutStreams'
      | 'busy'
      | 'returns'
      | 'diskMs'
      | 'racing'
      | 'worst'
      | 'readers'
      | 'lateWipes'
    >
  >;
  readonly operators?: number;
  readonly recoveryKills?: number;
  readonly wiped?: number;
  readonly repositoryRot?: boolean;
}

const NO_FAULTS: FaultBudget = {
  kills: 0,
  outages: 0,
  freezes: 0,
  cuts: 0,
  wipes: 0,
  rottenEntries: 0,
  rottenDescriptors: 0,
  clockJumps: 0,
  metaStoreOutages: 0,
  repositoryOutages: 0,
  clientKills: 0,
};

const ROUGH: Weather = { lost: 0.02, twice: 0.04, late: 0.015, spreadMs: 30 };
const WINDY: Weather = { lost: 0.004, twice: 0.02, late: 0.004, spreadMs: 15 };

/** Every profile with its fault budget: what one run of it may meet at most. */
export const PROFILES: Readonly<Record<string, Profile>> = {
  calm: {
    about: 'server deaths, then the loss of the MetaStore; a network that only delays',
    servers: [3, 6],
    logs: 1,
    segments: [1, 5],
    appends: [3, 12],
    weather: CALM,
    budget: { kills: 2, outages: 1, clientKills: 1 },
    snapshots: ['off'],
    disasters: ['lost'],
  },
  quorums: {
    about: 'every durability policy, 3 to 9 servers in 1 to 4 zones, changes of policy',
    servers: [3, 9],
    logs: 1,
    segments: [1, 6],
    appends: [3, 12],
    weather: WINDY,
    budget: { kills: 3, outages: 2, clientKills: 1, wipes: 1 },
    snapshots: ['off', 'best-effort'],
    disasters: ['lost', 'lost', 'alive, cut off from the operator'],
    wiped: 1,
  },
  network: {
    about: 'loss, duplication, reordering, partitions, frozen servers, replies to compare-and-set lost',
    servers: [3, 5],
    logs: 1,
    segments: [1, 4],
    appends: [4, 16],
    weather: ROUGH,
    budget: { kills: 1, outages: 1, freezes: 2, cuts: 4, clientKills: 1, clockJumps: 2, metaStoreOutages: 1 },
    snapshots: ['off'],
    disasters: ['lost', 'alive, cut off from the operator'],
    changes: { busy: true, returns: true },
  },
  disks: {
    about: 'wiped disks, bit rot in entries and descriptors, crashes before and after every commit',
    servers: [3, 6],
    logs: 1,
    segments: [1, 5],
    appends: [4, 14],
    weather: WINDY,
    budget: { kills: 2, wipes: 2, rottenEntries: 2, rottenDescriptors: 1, clientKills: 1 },
    snapshots: ['off', 'best-effort'],
    disasters: ['lost'],
    changes: { crashAtCommit: 0.006, diskMs: 8, returns: true },
    wiped: 2,
  },
  repository: {
    about:
      'required and best-effort snapshots; the repository down, slow, truncated, forged, careless; old registers restored',
    servers: [3, 5],
    logs: 1,
    segments: [1, 5],
    appends: [3, 10],
    weather: WINDY,
    budget: { kills: 2, clientKills: 2, repositoryOutages: 2, metaStoreOutages: 1 },
    snapshots: ['required', 'required', 'best-effort'],
    disasters: ['lost', 'lost, old register restored', 'alive, cut off from the operator'],
    changes: { busy: true, returns: true },
    repositoryRot: true,
  },
  oldplane: {
    about: 'an old control plane, alive and cut off from the operator, goes on with its own clients',
    servers: [3, 6],
    logs: 1,
    segments: [1, 4],
    appends: [4, 14],
    weather: WINDY,
    budget: { kills: 2, cuts: 3, freezes: 1, clientKills: 1 },
    snapshots: ['off', 'required', 'best-effort'],
    disasters: ['alive, cut off from the operator'],
    changes: { busy: true, returns: true, lateWipes: 2 },
    wiped: 1,
  },
  worst: {
    about:
      'the disaster at the very activation of the last loglet; who knows of it is silent or has a new disk',
    servers: [3, 5],
    logs: 1,
    segments: [2, 4],
    appends: [1, 4],
    weather: WINDY,
    budget: { clientKills: 1 },
    snapshots: ['off', 'off', 'required', 'best-effort'],
    disasters: ['lost', 'lost', 'alive, cut off from the operator'],
    changes: { worst: true, returns: true },
    wiped: 1,
    operators: 2,
  },
  races: {
    about: 'clients that race: reconfigurers that begin together, readers and trims at the tail, no disaster',
    servers: [3, 5],
    logs: 1,
    segments: [3, 8],
    appends: [6, 20],
    weather: ROUGH,
    budget: { kills: 3, outages: 2, freezes: 1, cuts: 6, clientKills: 2, metaStoreOutages: 1 },
    snapshots: ['off', 'off', 'best-effort'],
    disasters: ['none'],
    changes: { racing: true, readers: 3 },
  },
  crash: {
    about: 'the recovery killed at any step and run again or resumed, two operators at once',
    servers: [3, 5],
    logs: 2,
    segments: [1, 4],
    appends: [3, 8],
    weather: WINDY,
    budget: { kills: 1, clientKills: 1 },
    snapshots: ['off', 'required', 'best-effort'],
    disasters: ['lost', 'alive, cut off from the operator'],
    operators: 2,
    recoveryKills: 3,
    changes: { returns: true },
  },
  long: {
    about: 'chains of up to 200 segments, trims, several logs',
    servers: [3, 5],
    logs: 1,
    segments: [10, 200],
    appends: [10, 30],
    weather: CALM,
    budget: { kills: 1, wipes: 1 },
    snapshots: ['off'],
    disasters: ['lost', 'lost, old register restored'],
    wiped: 1,
  },
  everything: {
    about: 'all of the above together',
    servers: [3, 7],
    logs: 2,
    segments: [1, 6],
    appends: [4, 16],
    weather: ROUGH,
    budget: {
      kills: 3,
      outages: 1,
      freezes: 1,
      cuts: 3,
      wipes: 1,
      rottenEntries: 1,
      rottenDescriptors: 1,
      clockJumps: 2,
      metaStoreOutages: 1,
      repositoryOutages: 1,
      clientKills: 2,
    },
    snapshots: ['off', 'required', 'best-effort'],
    disasters: ['lost', 'lost, old register restored', 'alive, cut off from the operator', 'none'],
    changes: { crashAtCommit: 0.003, diskMs: 5, cutStreams: 0.02, busy: true, returns: true, lateWipes: 1 },
    operators: 2,
    recoveryKills: 2,
    wiped: 1,
    repositoryRot: true,
  },
};

/** The scenario of a seed. `off` names what is left out: a failing run is made small by leaving things out. */
export function scenarioOf(
  profileName: string,
  seed: number,
  off: ReadonlySet<string> = new Set(),
): Scenario {
  const profile = PROFILES[profileName];
  if (profile === undefined) throw new Error(`no profile ${profileName}`);
  const rng = new Rng(seed, `scenario ${profileName}`);
  const servers = rng.between(...profile.servers);
  const zones = rng.between(1, Math.min(4, servers));
  const nodesetSize = rng.between(Math.min(2, servers), Math.min(servers, 5));
  const policies = [policyOf(rng, servers, zones, nodesetSize), policyOf(rng, servers, zones, nodesetSize)];
  const [fewest, most] = profile.segments;
  // A long chain costs time with the square of its length: few runs have the longest.
  const segments = rng.between(fewest, most > 50 && rng.chance(0.85) ? 30 : most);
  const budget = { ...NO_FAULTS, ...profile.budget };
  const drawn = Object.fromEntries(
    Object.entries(budget).map(([kind, most]) => {
      const count = rng.between(0, most);
      return [kind, off.has(kind) ? 0 : count];
    }),
  ) as unknown as FaultBudget;
  const disaster = rng.pick(profile.disasters);
  const rot = profile.repositoryRot === true && rng.chance(0.25);
  const careless = profile.repositoryRot === true && rng.chance(0.08);
  const scenario: Scenario = {
    profile: profileName,
    servers,
    zones,
    logs: rng.between(1, profile.logs),
    nodesetSize,
    policies: rng.chance(0.5) ? policies.slice(0, 1) : policies,
    rules: rulesOf(rng, policies, nodesetSize, zones),
    snapshots: { mode: rng.pick(profile.snapshots) },
    weather: profile.weather,
    diskMs: profile.changes?.diskMs ?? 1,
    crashAtCommit: profile.changes?.crashAtCommit ?? 0,
    cutStreams: profile.changes?.cutStreams ?? 0,
    appenders: rng.between(1, 3),
    appends: rng.between(...profile.appends),
    reconfigurers: rng.between(1, 3),
    reconfigurations: segments - 1,
    trims: rng.chance(0.4) ? rng.between(1, 2) : 0,
    budget: drawn,
    disaster,
    silent: rng.between(profile.changes?.worst ? 1 : 0, Math.min(servers - 1, 3)),
    wipedAtDisaster: rng.between(0, profile.wiped ?? 0),
    rottenRepository: rot,
    carelessRepository: careless,
    operators: rng.between(1, profile.operators ?? 1),
    recoveryKills: rng.between(0, profile.recoveryKills ?? 0),
    resumes: rng.chance(0.5),
    consents: rng.chance(0.4),
    busy: profile.changes?.busy === true && rng.chance(0.6),
    caches: rng.chance(0.3),
    returns: profile.changes?.returns === true && rng.chance(0.5),
    ...(disaster !== 'none' && rng.chance(0.65) && { strike: strikeOf(rng, segments) }),
    silence: rng.pick(profile.changes?.worst ? CLOSE : ANY),
    worst: profile.changes?.worst ?? false,
    lateWipes: rng.between(0, profile.changes?.lateWipes ?? 0),
    racing: profile.changes?.racing ?? false,
    readers: profile.changes?.readers ?? 1,
  };
  return without(scenario, off);
}

const ANY = ['anybody', 'anybody', 'last nodeset', 'last nodeset but one'] as const;
const CLOSE = ['last nodeset', 'last nodeset but one'] as const;
const WORST: readonly Moment[] = ['provisioned', 'installed', 'activated', 'active', 'active', 'stored'];

/** How often a moment comes in a run of so many segments: the count lies mostly within it. */
function strikeOf(rng: Rng, segments: number, worst = false): NonNullable<Scenario['strike']> {
  const moment = rng.pick(worst ? WORST : MOMENTS);
  const each = moment === 'installed' || moment === 'active' ? 1 : moment === 'stored' ? 8 : 3;
  return { moment, count: rng.between(1, Math.max(1, segments * each)) };
}

/** Everything that a failing run can do without, in the order in which it is tried. */
export const LEAVABLE = [
  'lost',
  'twice',
  'late',
  'crashes',
  'streams',
  'trims',
  'clockJumps',
  'rottenEntries',
  'rottenDescriptors',
  'repositoryOutages',
  'metaStoreOutages',
  'clientKills',
  'wipes',
  'freezes',
  'cuts',
  'kills',
  'outages',
  'wiped',
  'silent',
  'operators',
  'recoveryKills',
  'busy',
  'returns',
  'caches',
  'consents',
  'logs',
  'appenders',
  'reconfigurers',
  'rot',
] as const;

function without(scenario: Scenario, off: ReadonlySet<string>): Scenario {
  if (off.size === 0) return scenario;
  const { weather } = scenario;
  return {
    ...scenario,
    weather: {
      ...weather,
      ...(off.has('lost') && { lost: 0 }),
      ...(off.has('twice') && { twice: 0 }),
      ...(off.has('late') && { late: 0 }),
    },
    ...(off.has('crashes') && { crashAtCommit: 0 }),
    ...(off.has('streams') && { cutStreams: 0 }),
    ...(off.has('trims') && { trims: 0 }),
    ...(off.has('wiped') && { wipedAtDisaster: 0 }),
    ...(off.has('silent') && { silent: 0 }),
    ...(off.has('operators') && { operators: 1 }),
    ...(off.has('recoveryKills') && { recoveryKills: 0 }),
    ...(off.has('busy') && { busy: false }),
    ...(off.has('returns') && { returns: false }),
    ...(off.has('caches') && { caches: false }),
    ...(off.has('consents') && { consents: false }),
    ...(off.has('logs') && { logs: 1 }),
    ...(off.has('appenders') && { appenders: 1 }),
    ...(off.has('reconfigurers') && { reconfigurers: 1 }),
    ...(off.has('rot') && { rottenRepository: false, carelessRepository: false }),
  };
}

function policyOf(rng: Rng, servers: number, zones: number, nodesetSize: number): Durability {
  switch (rng.below(6)) {
    case 0:
    case 1:
      return { kind: 'all' };
    case 2:
      return { kind: 'majority' };
    case 3:
      return { kind: 'count', copies: rng.between(Math.min(2, nodesetSize), nodesetSize) };
    case 4:
      return { kind: 'spread', zones: Math.min(zones, nodesetSize, 2), copies: Math.min(2, nodesetSize) };
    default:
      return anyOf(rng, servers, nodesetSize);
  }
}

function anyOf(rng: Rng, servers: number, nodesetSize: number): Durability {
  const ids = rng.some(
    Array.from({ length: servers }, (_, place) => serverId(`s${place + 1}`)),
    nodesetSize,
  );
  const [first, ...others] = ids;
  if (first === undefined || others.length === 0) return { kind: 'all' };
  return { kind: 'any-of', quorums: others.map((other) => [first, other]) };
}

function rulesOf(
  rng: Rng,
  policies: readonly Durability[],
  nodesetSize: number,
  zones: number,
): SuccessorRule[] {
  const least = rng.between(1, nodesetSize);
  const minZones = rng.chance(0.3) ? rng.between(1, Math.min(zones, least)) : 0;
  return policies.map((durability) => ({ durability, minNodesetSize: least, minZones }));
}
