import type { SnapshotPolicy } from '../../src/core/chain.ts';
import { AIMED } from './aimed.ts';
import type { Disaster, FaultBudget, Scenario } from './scenario.ts';
import { CALM, type Weather } from './sim/network.ts';
import type { Rng } from './sim/rng.ts';

/** What a profile allows; numbers are the greatest of a drawn range. */
export interface Profile {
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
      | 'chores'
    >
  >;
  readonly operators?: number;
  readonly recoveryKills?: number;
  readonly wiped?: number;
  readonly repositoryRot?: boolean;
  /** The profile's last word: what it aims at, drawn from the seed too. */
  readonly aim?: (drawn: Scenario, rng: Rng) => Partial<Scenario>;
}

export const NO_FAULTS: FaultBudget = {
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

export const ROUGH: Weather = { lost: 0.02, twice: 0.04, late: 0.015, spreadMs: 30 };
export const WINDY: Weather = { lost: 0.004, twice: 0.02, late: 0.004, spreadMs: 15 };

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
  chores: {
    about:
      'operators at work before the disaster and after it: reconfigure, seal, repair, retire, fence, admit',
    servers: [4, 7],
    logs: 2,
    segments: [1, 4],
    appends: [3, 8],
    weather: WINDY,
    budget: { kills: 2, wipes: 1, clientKills: 1, rottenEntries: 1 },
    snapshots: ['off', 'required', 'best-effort'],
    disasters: ['lost', 'alive, cut off from the operator', 'none'],
    wiped: 1,
    changes: { chores: 5, returns: true, busy: true },
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
    changes: {
      crashAtCommit: 0.003,
      diskMs: 5,
      cutStreams: 0.02,
      busy: true,
      returns: true,
      lateWipes: 1,
      chores: 2,
    },
    operators: 2,
    recoveryKills: 2,
    wiped: 1,
    repositoryRot: true,
  },
  ...AIMED,
};
