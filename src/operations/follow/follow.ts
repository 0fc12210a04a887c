import type { Alarm } from '../../codec/results/follow.ts';
import type { LogId } from '../../core/ids.ts';
import type { MetaStoreHealth } from '../../ports/MetaStore.ts';
import type { RepositoryGuarantees } from '../../ports/Repository.ts';
import { Alarms } from './alarms.ts';
import { assessLogs } from './assessLogs.ts';
import { checkLog } from './check.ts';
import type { FollowDeps } from './deps.ts';
import { LogFollower } from './logFollower.ts';
import { type LogStatus, newLogStatus } from './logStatus.ts';
import { mayHeal, rest, Turns } from './retry.ts';

/** What a follower knows now: for metrics, and for its last word. */
export interface FollowStatus {
  readonly logs: readonly LogStatus[];
  readonly alarms: readonly Alarm[];
  readonly metaStore: MetaStoreHealth['health'] | undefined;
  /** Whether the newest version of every log is in the repository, or became due only a moment ago. */
  readonly isBackedUp: boolean;
}

/**
 * Follows every log of a cluster until it is told to stop. Each log is followed by itself, so that one that cannot be
 * backed up does not hold up the others; a check beside them looks for new logs, and holds registers against the
 * repository: a register that was set back says nothing to its watchers.
 */
export class Follower {
  readonly #deps: FollowDeps;
  readonly #alarms: Alarms;
  readonly #turns: Turns;
  readonly #isUnsafe: boolean;
  readonly #guarantees: RepositoryGuarantees;
  readonly #followers = new Map<LogId, LogFollower>();
  readonly #running = new Set<Promise<void>>();
  /** One for each thing that runs: a signal that everything listens to would count its listeners. */
  readonly #stops = new Set<AbortController>();
  #metaStore: MetaStoreHealth['health'] | undefined;
  #isStopped = false;
  #knowsRepository = false;
  #bug: { readonly error: unknown } | undefined;

  constructor(deps: FollowDeps, guarantees: RepositoryGuarantees) {
    this.#deps = deps;
    this.#alarms = new Alarms(deps.tell);
    this.#turns = new Turns(deps.options.uploads);
    this.#guarantees = guarantees;
    this.#isUnsafe = !guarantees.createIfAbsent;
  }

  status(): FollowStatus {
    const now = this.#deps.cluster.clock.now();
    const logs = [...this.#followers.values()].map(({ status }) => status);
    const isDue = ({ behindSince }: LogStatus) =>
      behindSince !== undefined && now - behindSince > this.#deps.options.graceMs;
    const alarms = this.#alarms.all();
    return {
      logs,
      alarms,
      metaStore: this.#metaStore,
      isBackedUp:
        this.#metaStore !== undefined &&
        !logs.some(isDue) &&
        alarms.every(({ kind }) => kind === 'repositoryUnsafe' || kind === 'metaStoreDegraded'),
    };
  }

  /** Resolves when everything has ended, each after the snapshot in hand. `checked` is called after every check. */
  async run(signal: AbortSignal, checked: () => Promise<void> = async () => {}): Promise<void> {
    const { problems } = this.#guarantees;
    if (problems.length > 0) this.#alarms.raise('repositoryUnsafe', null, problems.join(' '));
    const onAbort = () => this.#stop();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) this.#stop();
    this.#start((stop) => this.#checkAgainAndAgain(stop, checked));
    if (this.#deps.options.assessMs > 0) this.#start((stop) => this.#assessAgainAndAgain(stop));
    while (this.#running.size > 0) await Promise.race(this.#running);
    signal.removeEventListener('abort', onAbort);
    if (this.#bug !== undefined) throw this.#bug.error;
  }

  #start(work: (signal: AbortSignal) => Promise<void>): void {
    const stop = new AbortController();
    if (this.#isStopped) stop.abort();
    this.#stops.add(stop);
    const running = work(stop.signal)
      .catch((error: unknown) => {
        this.#bug ??= { error };
        this.#stop();
      })
      .finally(() => {
        this.#running.delete(running);
        this.#stops.delete(stop);
      });
    this.#running.add(running);
  }

  #stop(): void {
    this.#isStopped = true;
    for (const stop of this.#stops) stop.abort();
  }

  async #checkAgainAndAgain(signal: AbortSignal, checked: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await this.#check();
      await checked();
      await rest(this.#deps.cluster.clock, this.#deps.options.checkMs, signal);
    }
  }

  async #check(): Promise<void> {
    const { cluster, snapshots } = this.#deps;
    try {
      await this.#followKnown();
      for (const logId of await cluster.metaStore.list()) this.#follow(logId);
      for (const follower of this.#followers.values())
        await checkLog({ deps: this.#deps, alarms: this.#alarms, isUnsafe: this.#isUnsafe }, follower);
      await this.#checkHealth();
    } catch (error) {
      if (!mayHeal(error)) throw error;
      this.#metaStore = undefined;
      this.#alarms.raise(
        'metaStoreFailing',
        null,
        `The registers cannot be held against ${snapshots.repository.url}: ${error.message} It is tried again.`,
      );
    }
  }

  async #checkHealth(): Promise<void> {
    const { health, members } = await this.#deps.cluster.metaStore.health();
    this.#metaStore = health;
    this.#alarms.clear(null, 'metaStoreFailing');
    if (health === 'ok') return this.#alarms.clear(null, 'metaStoreDegraded');
    const silent = members.filter(({ state }) => state !== 'ok').map(({ id }) => id);
    this.#alarms.raise(
      'metaStoreDegraded',
      null,
      `The MetaStore is ${health}: ${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer.`,
    );
  }

  /** A log that only the repository knows has lost its register: it is followed too, and alarmed. */
  async #followKnown(): Promise<void> {
    if (this.#knowsRepository) return;
    try {
      for await (const logId of this.#deps.snapshots.listLogs()) this.#follow(logId);
      this.#knowsRepository = true;
      this.#alarms.clear(null, 'repositoryFailing');
    } catch (error) {
      if (!mayHeal(error)) throw error;
      const message = `What the repository has cannot be listed: ${error.message} It is tried again.`;
      this.#alarms.raise('repositoryFailing', null, message);
    }
  }

  #follow(logId: LogId): void {
    if (this.#followers.has(logId) || this.#isStopped) return;
    const parts = { alarms: this.#alarms, turns: this.#turns, isUnsafe: this.#isUnsafe };
    const follower = new LogFollower(this.#deps, { ...parts, status: newLogStatus(logId) });
    this.#followers.set(logId, follower);
    this.#start((signal) => follower.run(signal));
  }

  async #assessAgainAndAgain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await assessLogs(this.#deps, this.#guarantees, (logId) => this.#followers.get(logId)?.status);
      await rest(this.#deps.cluster.clock, this.#deps.options.assessMs, signal);
    }
  }
}
