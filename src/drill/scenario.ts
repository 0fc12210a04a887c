import type { App } from '../cli/app.ts';
import type { Connection } from '../cli/connection.ts';
import type { LogId } from '../core/ids.ts';
import type { ForeignCluster } from '../ports/ForeignCluster.ts';
import type { SandboxAccess } from '../sandbox/members.ts';
import type { Operator } from './recovery.ts';
import type { Verdict } from './truth.ts';

/** Where the chains are: `builtin` is a store inside the engine's own nodes. */
export type DrillStore = 'file' | 'etcd' | 'builtin';

/** How a drill was asked for. */
export interface DrillRequest {
  readonly dir: string;
  readonly seed: number;
  readonly metaStore: DrillStore;
  readonly repository?: string;
}

/** What a scenario is told by and tells to whoever runs it. */
export interface DrillStage {
  readonly app: App;
  readonly request: DrillRequest;
  readonly logId: LogId;
  /** A whole number in [0, bound), from the seed. */
  readonly below: (bound: number) => number;
  /** One part of the story. Timed; its detail is what a reader of the summary learns. */
  step<T>(title: string, run: () => Promise<{ readonly value: T; readonly detail: string }>): Promise<T>;
}

/** A stage with its cluster on it. */
export interface Scene extends DrillStage {
  readonly access: SandboxAccess & { readonly connection: Connection };
}

/** The cluster that a scenario is played on. */
export interface ClusterShape {
  readonly servers: number;
  readonly zones: number;
  readonly durability: string;
  readonly nodesetSize: number;
  readonly minNodesetSize: number;
  readonly minZones: number;
  /** MetaStores that the disaster can be made on; the first one unless another is asked for. */
  readonly metaStores: readonly ['file' | 'etcd', ...('file' | 'etcd')[]];
  /** Whether chain versions are backed up, in the path of every reconfiguration or beside it. */
  readonly repository: 'required' | 'best-effort' | 'only if given';
}

export type Answers = Readonly<Record<string, string | readonly string[]>>;

/** What is played on any cluster; `S` is the stage with its cluster on it. */
export interface ScenarioOn<S> {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  /** The playbook that is to lead out of it. */
  readonly playbook: string;
  /** What happened before the disaster and is no part of it: an earlier recovery, an old copy. */
  prepare?(scene: S, operator: Operator): Promise<string>;
  /** Makes it, on the real processes; answers what was done. */
  disaster(scene: S, operator: Operator): Promise<string>;
  /** What a person at the prompt would have answered, by the steps of the playbook. */
  readonly answers: Answers | ((scene: S) => Promise<Answers>);
  /** What people do elsewhere when the playbook waits for it; asked each time that it waits. */
  byHand?(scene: S): Promise<void>;
  /** What else must be so at the end: throws where it is not, answers what was shown. */
  afterwards?(scene: S, operator: Operator): Promise<string>;
  /** The truth, known to whoever made the disaster. */
  readonly expect: {
    readonly verdict: Verdict;
    /** `as stated`: entries may be gone, none of them beyond what the plans said before they were applied. */
    readonly loss: 'none' | 'as stated';
    readonly ends: 'done' | 'stopped by decision';
  };
}

export interface Scenario extends ScenarioOn<Scene> {
  readonly cluster: ClusterShape;
  /**
   * Whether the client that appends all along reconfigures by itself, as clients do, or only waits. The first kind
   * would complete what a dead one left before anybody looked, and there were nothing to lead out of.
   */
  readonly clients: 'help themselves' | 'only wait';
}

/** A stage with three Restate nodes on it, and counters whose callers are the truth. */
export interface RestateScene extends DrillStage {
  readonly cluster: ForeignCluster;
  readonly nodes: readonly string[];
  kill(...ids: string[]): Promise<void>;
  start(...ids: string[]): Promise<void>;
  /** Empties the store; the first `keep` members go on. Answers whose data is gone. */
  loseMetadata(options: { readonly stayDown: boolean; readonly keep: number }): Promise<readonly string[]>;
  /** Tells Restate where the counters are. */
  deploy(): Promise<void>;
}

export interface RestateScenario extends ScenarioOn<RestateScene> {
  readonly engine: 'restate';
  readonly cluster: {
    readonly metaStores: readonly ['builtin' | 'etcd', ...('builtin' | 'etcd')[]];
    /** Whether there is a backup of the registers from before the last reconfigurations. */
    readonly backup: 'stale' | 'none';
  };
  /** `pause`: at the moment of the disaster every record is applied wherever it can be, and calls begin again after it. */
  readonly callers: 'call on' | 'pause';
}

export type AnyScenario = Scenario | RestateScenario;

export function isRestate(scenario: AnyScenario): scenario is RestateScenario {
  return 'engine' in scenario;
}

/** Five servers, three of them in each loglet, all of which have every entry. */
export const USUAL_CLUSTER: ClusterShape = {
  servers: 5,
  zones: 1,
  durability: 'all',
  nodesetSize: 3,
  minNodesetSize: 3,
  minZones: 0,
  metaStores: ['file', 'etcd'],
  repository: 'only if given',
};
