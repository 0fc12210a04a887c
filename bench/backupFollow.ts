import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowEvent } from '../src/codec/results/follow.ts';
import { type Chain, extendChain, identityOf, lastSegment, trimChain } from '../src/core/chain.ts';
import { isPortError } from '../src/core/errors.ts';
import { type LogId, logId, logletId } from '../src/core/ids.ts';
import { documentRefs } from '../src/snapshots/read.ts';
import type { Benchmark, Setting } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { statisticsOf } from './harness/measure.ts';
import { BIN } from './harness/programs.ts';
import { s3Missing, startS3 } from './harness/s3Peer.ts';

const GOAL_MS = 250;
const PER_SECOND = 200;
const LOGS = 20;

/**
 * A follower beside a MetaStore whose registers change 200 times a second; it is killed once and started again. The
 * changes are made in the registers alone, as reconfigurations make them: the LogServers would be the bottleneck.
 */
export const backupFollow: Benchmark = {
  name: 'backup-follow',
  async run(setting) {
    const { quick, say } = setting;
    const missing = s3Missing();
    const repository =
      missing.length > 0 ? ['--repo', `file://${setting.dir}/repo`] : (await startS3(setting)).flags;
    const logs = Array.from({ length: LOGS }, (_, place) => logId(String(place + 1)));
    const flags = ['--logs', String(LOGS), '--servers', '3', ...repository];
    const cluster = await BenchCluster.up(setting, 'one', ...flags);
    const seen = new Seen();
    const first = await Follower.start(setting, cluster, seen);
    const changes = new Changes(cluster, seen);
    const seconds = quick ? 6 : 60;
    const changing = changes.run(logs, seconds);
    // Awaited below; a failure until then is not nobody's.
    changing.catch(() => undefined);
    await sleep((seconds / 2) * 1_000);
    say('killing the follower');
    const killedAt = performance.now();
    await first.kill();
    const second = await Follower.start(setting, cluster, seen);
    const made = await changing;
    const perSecond = made / seconds;
    const left = await seen.caughtUp(quick ? 20_000 : 180_000);
    await second.stop();
    const missed = await countMissed(cluster, seen, logs);
    const { steady, behind } = seen.lags(killedAt);
    const lag = await statisticsOf(steady);
    const counted = await statisticsOf([missed], 'versions');
    return {
      lines: [
        {
          what: `missed of ${made} versions, ${perSecond.toFixed(0)}/s`,
          ours: counted,
          goal: { says: '0', met: missed === 0 },
        },
        {
          what: 'lag while it runs, p99',
          ours: { ...lag, median: lag.p99, samples: [] },
          goal: { says: `≤ ${GOAL_MS} ms`, met: lag.p99 <= GOAL_MS },
        },
        {
          what: 'lag of what was made while it was down',
          ours: { ...(await statisticsOf(behind)), samples: [] },
        },
      ],
      missing,
      notes: [
        ...(perSecond < PER_SECOND * 0.95
          ? [`only ${perSecond.toFixed(0)} changes a second were reached`]
          : []),
        ...(left > 0 ? [`the follower was still ${left} versions behind when it was stopped`] : []),
      ],
    };
  },
};

/** When each version was made, and when the follower said that it is in the repository. */
class Seen {
  readonly #made = new Map<string, number>();
  readonly #kept = new Map<string, number>();
  #onKept: () => void = () => {};

  made(log: LogId, version: number): void {
    this.#made.set(`${log}/${version}`, performance.now());
  }

  kept(log: string, version: number): void {
    const name = `${log}/${version}`;
    if (!this.#kept.has(name)) this.#kept.set(name, performance.now());
    this.#onKept();
  }

  /**
   * Resolves when the follower has come to the last version of every log, or after so long; answers how many versions it is
   * behind. What one wrote and was killed before it said so, nobody names.
   */
  async caughtUp(patienceMs: number): Promise<number> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, patienceMs);
      this.#onKept = () => {
        if (this.#behind() > 0) return;
        clearTimeout(timer);
        resolve();
      };
      this.#onKept();
    });
    return this.#behind();
  }

  #behind(): number {
    const [made, kept] = [newest(this.#made.keys()), newest(this.#kept.keys())];
    return [...made].reduce((sum, [log, version]) => sum + Math.max(0, version - (kept.get(log) ?? 0)), 0);
  }

  versions(): Iterable<string> {
    return this.#made.keys();
  }

  /** What was made while the follower was dead, or had not caught up afterwards, is counted apart. */
  lags(killedAt: number): { steady: number[]; behind: number[] } {
    const lags = [...this.#made].flatMap(([name, made]) => {
      const kept = this.#kept.get(name);
      return kept === undefined ? [] : [{ made, lag: kept - made }];
    });
    const inTime = lags.find(({ made, lag }) => made > killedAt && lag <= GOAL_MS);
    const caughtUpAt = inTime?.made ?? Number.POSITIVE_INFINITY;
    const isBehind = ({ made, lag }: { made: number; lag: number }) =>
      made + lag > killedAt && made < caughtUpAt;
    return {
      steady: lags.filter((one) => !isBehind(one)).map(({ lag }) => lag),
      behind: lags.filter(isBehind).map(({ lag }) => lag),
    };
  }
}

/** By log. */
function newest(names: Iterable<string>): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) {
    const [log = '', version] = name.split('/');
    found.set(log, Math.max(found.get(log) ?? 0, Number(version)));
  }
  return found;
}

/** `vlog-dr backup --follow` in a process of its own. */
class Follower {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start({ defer }: Setting, cluster: BenchCluster, seen: Seen): Promise<Follower> {
    const args = [BIN, 'backup', '--follow', '--json', '--config', cluster.config, '--assess-every', '0'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const follower = new Follower(child);
    defer(() => follower.kill());
    let following = 0;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the follower ended')));
      createInterface(child.stdout).on('line', (line) => {
        const event = JSON.parse(line) as FollowEvent;
        if (event.event === 'following' && ++following === LOGS) resolve();
        if (event.event !== 'snapshot') return;
        for (const version of [...event.added, event.version]) seen.kept(event.logId, version);
      });
    });
    return follower;
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** After the snapshot in hand. */
  stop(): Promise<void> {
    return this.#end('SIGINT');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
  }
}

class Changes {
  readonly #cluster: BenchCluster;
  readonly #seen: Seen;

  constructor(cluster: BenchCluster, seen: Seen) {
    this.#cluster = cluster;
    this.#seen = seen;
  }

  /** Answers with how many were made. */
  async run(logs: readonly LogId[], seconds: number): Promise<number> {
    const made = await Promise.all(logs.map((log) => this.#change(log, seconds)));
    return made.reduce((sum, count) => sum + count, 0);
  }

  async #change(log: LogId, seconds: number): Promise<number> {
    const { metaStore } = this.#cluster.connection.cluster;
    const began = performance.now();
    let chain = await metaStore.get(log);
    for (let count = 0; ; count += 1) {
      const due = began + (count * 1_000 * LOGS) / PER_SECOND;
      if (due >= began + seconds * 1_000 || performance.now() >= began + seconds * 1_000) return count;
      await sleep(Math.max(0, due - performance.now()));
      if (chain === undefined) throw new Error(`log ${log} is gone`);
      const next = this.#next(chain);
      chain = await this.#install(log, chain, next);
      if (chain === undefined) throw new Error(`the register of log ${log} was changed by another`);
      this.#seen.made(log, next.version);
    }
  }

  /** Without an answer the register is read until it has one. */
  async #install(log: LogId, before: Chain, next: Chain): Promise<Chain | undefined> {
    const { metaStore } = this.#cluster.connection.cluster;
    for (;;) {
      try {
        const { outcome } = await metaStore.compareAndSet(log, identityOf(before), next);
        if (outcome === 'installed') return next;
        const current = await metaStore.get(log);
        return current?.version === next.version ? current : undefined;
      } catch (error) {
        if (!isPortError(error)) throw error;
      }
    }
  }

  /** A segment more; every tenth time a trim, so that chains stay as long as they are in practice. */
  #next(chain: Chain): Chain {
    const last = lastSegment(chain);
    if (chain.version % 10 === 0) return trimChain(chain, chain.segments.at(-10)?.start ?? chain.trimPoint);
    const { random } = this.#cluster.connection.cluster;
    const successor = {
      ...last,
      index: last.index + 1,
      logletId: logletId(random.ulid()),
      start: last.start + 100n,
    };
    return extendChain(chain, successor, chain);
  }
}

/** Held against the repository itself, not against what the follower said. By name: each was read back when it was written. */
async function countMissed(cluster: BenchCluster, seen: Seen, logs: readonly LogId[]): Promise<number> {
  const { snapshots, clusterId } = cluster.connection.cluster;
  if (snapshots === undefined) throw new Error('there is no repository');
  const kept = new Set<string>();
  for (const log of logs)
    for (const { version } of await documentRefs({ repository: snapshots.repository, clusterId }, log))
      kept.add(`${log}/${version}`);
  return [...seen.versions()].filter((name) => !kept.has(name)).length;
}
