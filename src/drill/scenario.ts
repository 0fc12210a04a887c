import type { App } from '../cli/app.ts';

export interface DrillRequest {
  readonly dir: string;
  readonly seed: number;
  readonly metaStore: 'file' | 'etcd';
  readonly repository?: string;
}

/** What a scenario is told by and tells to whoever runs it. */
export interface DrillStage {
  readonly app: App;
  readonly request: DrillRequest;
  /** A whole number in [0, bound), from the seed. */
  readonly below: (bound: number) => number;
  /** One part of the story. Timed; its detail is what a reader of the summary learns. */
  step<T>(title: string, run: () => Promise<{ readonly value: T; readonly detail: string }>): Promise<T>;
}

/** What came of the disaster. */
export interface DrillOutcome {
  /** What the recovery said of the logs. */
  readonly verdict: string;
  /** From the loss to the first append acknowledged after a reconfiguration. */
  readonly rtoMs: number;
  readonly ackedEntries: number;
  readonly lostEntries: number;
  readonly unknownEntries: number;
  /** Whether the recovery's verdict agrees with what was then read back. */
  readonly verdictHeld: boolean;
}

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  run(stage: DrillStage): Promise<DrillOutcome>;
}
