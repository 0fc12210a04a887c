import type { SetFollowEvent } from '../../../codec/results/setBackup.ts';
import { DrError, isPortError } from '../../../core/errors.ts';
import { CHAINS, NODES } from '../../../core/restate/values.ts';
import type { Clock } from '../../../ports/Clock.ts';
import { type BackupDeps, keepSet } from './backupSet.ts';
import { type TakenSet, takeSet } from './takeSet.ts';

export interface FollowSetsDeps extends BackupDeps {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly tell: (event: SetFollowEvent) => void;
}

type AlarmKind = Extract<SetFollowEvent, { event: 'alarm' }>['kind'];

/** What it has come to, for metrics and for the last word. */
export interface SetFollowStatus {
  readonly sets: number;
  readonly failures: number;
  readonly alarms: readonly string[];
  readonly lastAt?: number;
  /** By register. */
  readonly versions: ReadonlyMap<string, number>;
}

/**
 * A backup at every change of any register, until it is told to stop. The engine tells nobody of a change, so versions
 * are asked for: what stands for less than one interval can be missed, what stands longer is there.
 */
export class SetFollower {
  readonly #deps: FollowSetsDeps;
  readonly #alarms = new Map<AlarmKind, string>();
  #versions: ReadonlyMap<string, number> = new Map();
  #sets = 0;
  #failures = 0;
  #lastAt: number | undefined;

  constructor(deps: FollowSetsDeps) {
    this.#deps = deps;
  }

  status(): SetFollowStatus {
    return {
      ...{ sets: this.#sets, failures: this.#failures, versions: this.#versions },
      alarms: [...this.#alarms.keys()],
      ...(this.#lastAt === undefined ? {} : { lastAt: this.#lastAt }),
    };
  }

  /** `afterRound`: told after every look that finds everything backed up. */
  async run(signal: AbortSignal, afterRound: () => Promise<void>): Promise<void> {
    const { clock, everyMs } = this.#deps;
    while (!signal.aborted) {
      await this.#round();
      if (this.#alarms.size === 0) await afterRound();
      await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    try {
      const seen = await this.#seenVersions();
      if (seen !== undefined && sameVersions(seen, this.#versions) && this.#alarms.size === 0) return;
      const taken = await takeSet(this.#deps.cluster, this.#deps.expected);
      this.#clear('cluster');
      this.#judgeStore(taken);
      await this.#keep(taken);
    } catch (error) {
      this.#failures += 1;
      if (!isPortError(error) && !(error instanceof DrError)) throw error;
      this.#alarm(
        error instanceof DrError && error.code === 'E_WRONG_CLUSTER' ? 'cluster' : 'store',
        error.message,
      );
    }
  }

  /** `undefined`: the store does not say. */
  async #seenVersions(): Promise<ReadonlyMap<string, number> | undefined> {
    try {
      return await this.#deps.cluster.registers.versions();
    } catch (error) {
      if (!isPortError(error)) throw error;
      return undefined;
    }
  }

  async #keep(taken: TakenSet): Promise<void> {
    try {
      const result = await keepSet(this.#deps, taken);
      this.#clear('repository');
      this.#versions = new Map(Object.entries(result.registers));
      this.#lastAt = this.#deps.clock.now();
      if (result.outcome === 'there') return;
      this.#sets += 1;
      this.#deps.tell({ event: 'set', ...result });
    } catch (error) {
      this.#failures += 1;
      if (!isPortError(error) && !(error instanceof DrError)) throw error;
      this.#alarm('repository', error.message);
    }
  }

  #judgeStore({ source, because }: TakenSet): void {
    if (source === 'store') this.#clear('store');
    else
      this.#alarm(
        'store',
        `${because}. Backed up is what nodes remember: ${NODES}, ${CHAINS} and their like.`,
      );
  }

  #alarm(kind: AlarmKind, message: string): void {
    if (!this.#alarms.has(kind)) this.#deps.tell({ event: 'alarm', kind, message });
    this.#alarms.set(kind, message);
  }

  #clear(kind: AlarmKind): void {
    if (this.#alarms.delete(kind)) this.#deps.tell({ event: 'cleared', kind });
  }
}

function sameVersions(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([key, version]) => other.get(key) === version);
}
