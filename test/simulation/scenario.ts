import type { SnapshotPolicy } from '../../src/core/chain.ts';
import type { Durability, SuccessorRule } from '../../src/core/durability.ts';
import { serverId } from '../../src/core/ids.ts';
import { MOMENTS, type Moment } from './oracle/oracle.ts';
import { NO_FAULTS, PROFILES } from './profiles.ts';
import type { Weather } from './sim/network.ts';
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
  /** Most that a call of a client to the repository takes there; it is done however late. */
  readonly repositoryDelayMs: number;
  /** The newest documents are neither listed nor given: only where nothing but evidence is expected of it. */
  readonly staleRepository: boolean;
  /** What clients had on its way when the disaster struck is lost. */
  readonly severed: boolean;
  /** Two operators begin at once, each with registers of its own. */
  readonly twins: boolean;
  /** The first disk that is replaced later stands on the old side, within the reach of its clients. */
  readonly oldSideDisk: boolean;
  /** Rounds in which the tail is asked for while others end the loglet. */
  readonly tailRounds: number;
  /** Clients that look for orphans all the time, while others make loglets. */
  readonly collectors: number;
  /** Plans that an operator makes and applies beside the clients: reconfigure, seal, repair, retire, fence, admit. */
  readonly chores: number;
  /** New clients work on the registers that were rebuilt. */
  readonly lifeAfter: boolean;
}

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
  const segments = rng.between(fewest, most > 50 && rng.chance(0.92) ? 24 : most);
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
    repositoryDelayMs: profile.repositoryRot === true && rng.chance(0.3) ? rng.between(50, 4_000) : 0,
    staleRepository: profile.repositoryRot === true && rng.chance(0.15),
    severed: rng.chance(0.3),
    twins: false,
    oldSideDisk: false,
    tailRounds: 0,
    collectors: 0,
    lifeAfter: true,
    chores: rng.between(0, profile.changes?.chores ?? 0),
  };
  return without({ ...scenario, ...profile.aim?.(scenario, rng) }, off);
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
  'slowRepository',
  'chores',
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
    ...(off.has('rot') && { rottenRepository: false, carelessRepository: false, staleRepository: false }),
    ...(off.has('slowRepository') && { repositoryDelayMs: 0 }),
    ...(off.has('chores') && { chores: 0 }),
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
