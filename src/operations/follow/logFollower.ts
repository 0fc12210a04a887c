import type { AlarmKind } from '../../codec/results/follow.ts';
import { type Chain, chainDigest, identityOf } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import { describeGeneration } from '../../core/generation.ts';
import type { Ensured } from '../../snapshots/write.ts';
import { PastVersions } from '../backup/forgottenVersions.ts';
import { versionsInHistory } from '../backup/pastVersions.ts';
import type { Alarms } from './alarms.ts';
import type { FollowDeps } from './deps.ts';
import type { LogStatus } from './logStatus.ts';
import { backOff, mayHeal, type Turns } from './retry.ts';
import { registerStanding } from './standing.ts';
import { lookForSecondWriter } from './writers.ts';

/** How many failures in a row are an alarm; fewer are what a network does. */
const ALARMING = 3;

/**
 * Follows one log:
 *
 *   1. what the repository has says where to go on: nothing else is remembered, so a killed follower loses nothing;
 *   2. every later value of the register, in order, one at a time: the next is not asked for before this one is there;
 *   3. a value that does not continue what the repository has is kept beside it, and is never called a backup.
 */
export class LogFollower {
  readonly status: LogStatus;
  readonly #deps: FollowDeps;
  readonly #alarms: Alarms;
  readonly #turns: Turns;
  /** Whether the repository needs to be watched for second writers. */
  readonly #isUnsafe: boolean;
  /** The last version was written by this follower: nobody else writes them first, as a `required` client does. */
  #isFirst = false;

  constructor(
    deps: FollowDeps,
    parts: { status: LogStatus; alarms: Alarms; turns: Turns; isUnsafe: boolean },
  ) {
    this.#deps = deps;
    this.status = parts.status;
    this.#alarms = parts.alarms;
    this.#turns = parts.turns;
    this.#isUnsafe = parts.isUnsafe;
  }

  /** Until it is told to stop; then it ends after the snapshot in hand. */
  async run(signal: AbortSignal): Promise<void> {
    const { logId } = this.status;
    for (let failures = 0; !signal.aborted; ) {
      let suspect: AlarmKind = 'repositoryFailing';
      try {
        await this.#resume();
        suspect = 'metaStoreFailing';
        const from = this.status.held?.chain;
        if (failures === 0) this.#deps.tell({ event: 'following', logId, from: from?.version ?? null });
        await this.#watch(from, signal, () => {
          failures = 0;
        });
        // It ended without being told to: what feeds it is gone.
        failures += 1;
      } catch (error) {
        if (!mayHeal(error)) throw error;
        failures += 1;
        this.#failed(error, failures, suspect);
      }
      if (!signal.aborted) await backOff(this.#deps.cluster, failures, signal);
    }
  }

  /** A damaged newest one is no place to go on from: nobody knows what stood there. */
  async #resume(): Promise<void> {
    const newest = await this.#deps.snapshots.newest(this.status.logId);
    if (newest === undefined) return;
    this.status.held = 'document' in newest ? newest.document : await this.#deps.snapshots.read(newest.ref);
  }

  async #watch(from: Chain | undefined, signal: AbortSignal, progressed: () => void): Promise<void> {
    const stop = new AbortController();
    const onAbort = () => stop.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      if (signal.aborted) return;
      const { metaStore } = this.#deps.cluster;
      const values = metaStore.watch(this.status.logId, from && identityOf(from), stop.signal);
      for await (const chain of values) {
        this.#alarms.clear(this.status.logId, 'metaStoreFailing');
        await this.#take(chain, signal);
        if (signal.aborted) return;
        progressed();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      stop.abort();
    }
  }

  /** Until this value is in the repository, or is known not to belong there. */
  async #take(chain: Chain, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; ) {
      try {
        await this.#turns.take(() => this.#keep(chain));
        this.#alarms.clear(this.status.logId, 'repositoryFailing');
        return;
      } catch (error) {
        if (!mayHeal(error)) throw error;
        failures += 1;
        this.#failed(error, failures, 'repositoryFailing');
        if (signal.aborted) return;
        await backOff(this.#deps.cluster, failures, signal);
        if (signal.aborted) return;
      }
    }
  }

  #failed(error: Error, failures: number, kind: AlarmKind): void {
    const { logId } = this.status;
    this.status.failures += 1;
    if (failures === ALARMING)
      this.#alarms.raise(
        kind,
        logId,
        `Log ${logId} is not backed up now: ${error.message} It is tried again.`,
      );
  }

  async #keep(chain: Chain): Promise<void> {
    if (this.#isUnsafe) await lookForSecondWriter(this.#deps.snapshots, this.#alarms, this.status);
    const standing = registerStanding(chain, this.status.held?.chain);
    if (standing === 'same') return;
    if (standing === 'diverged') return await this.keepBeside(chain);
    if (standing === 'older') return await this.passed(chain);
    try {
      await this.#write(chain);
    } catch (error) {
      if (!(error instanceof DrError)) throw error;
      await this.#refused(chain, error);
    }
  }

  async #write(chain: Chain): Promise<void> {
    const { cluster, snapshots, options } = this.#deps;
    const past = new PastVersions({
      above: chain,
      below: async () => this.status.held?.chain,
      history: versionsInHistory(cluster, chain),
      logServers: cluster.logServers,
    });
    const ensured = await snapshots.ensureSnapshot(chain, {
      lower: past.at,
      fillGaps: true,
      readBack: options.verifyAfterUpload,
      ...(this.#isFirst && { after: this.status.held }),
    });
    this.#isFirst = ensured.outcome === 'written' && !this.#isUnsafe;
    if (ensured.outcome === 'superseded') await this.#resume();
    else this.#written(chain, ensured, past.reconstructed);
    this.#alarms.clear(this.status.logId, 'fenced', 'diverged');
  }

  #written(chain: Chain, ensured: Ensured, reconstructed: readonly number[]): void {
    const { status } = this;
    const { document, outcome, added, gaps, sizeBytes = 0 } = ensured;
    status.held = document ?? status.held;
    status.behind = Math.max(0, (status.registerVersion ?? chain.version) - chain.version);
    if (status.behind === 0) status.behindSince = undefined;
    status.snapshots += added.length + (outcome === 'written' ? 1 : 0);
    status.gaps += gaps.length;
    status.reconstructed += reconstructed.length;
    status.bytes += sizeBytes;
    this.#deps.tell({
      event: 'snapshot',
      logId: chain.logId,
      generation: chain.generation,
      version: chain.version,
      outcome: outcome === 'written' ? 'written' : 'there',
      added: [...added],
      reconstructed: reconstructed.filter((version) => added.includes(version)),
      gaps: [...gaps],
    });
    if (gaps.length > 0)
      this.#alarms.once(
        'gap',
        chain.logId,
        `Nobody has versions ${gaps.join(', ')} of log ${chain.logId} any more. The later ones hold all of its segments that were not trimmed.`,
      );
  }

  /** Nothing was written, for a reason that waiting does not change. */
  async #refused(chain: Chain, error: DrError): Promise<void> {
    const { logId, version, generation } = chain;
    switch (error.code) {
      case 'E_FENCED':
        return this.#alarms.raise(
          'fenced',
          logId,
          `${error.message} The register still has generation ${describeGeneration(generation)}.`,
        );
      case 'E_CONTRADICTION':
        // What stands there is what later values are held against.
        await this.#resume();
        return await this.keepBeside(chain);
      case 'E_SNAPSHOT_GAP':
        this.status.gaps += 1;
        return this.#alarms.once(
          'gap',
          logId,
          `Version ${version} of log ${logId} came too late: ${error.message}`,
        );
      default:
        throw error;
    }
  }

  /** A value that the repository has passed: one that it knows, or one of another history. */
  async passed(chain: Chain): Promise<void> {
    const there = await this.#deps.snapshots.find(chain);
    const isKnown =
      there !== undefined && 'document' in there && there.document.chainDigest === chainDigest(chain);
    if (!isKnown) await this.keepBeside(chain);
  }

  /** Both histories are kept, and only the one that was here first is a backup. */
  async keepBeside(chain: Chain): Promise<void> {
    const { snapshots } = this.#deps;
    const { logId, version } = chain;
    if (this.#alarms.has('diverged', logId)) {
      await snapshots.keepDivergent(chain);
      return;
    }
    const key = await snapshots.keepDivergent(chain);
    this.#alarms.raise(
      'diverged',
      logId,
      `Version ${version} of log ${logId} in the register is not the chain that ${snapshots.repository.url} has, nor continues it. Both are kept, this one as ${key}, and it is no backup. Two control planes may be running: run \`vlog-dr assess\`.`,
    );
  }
}
