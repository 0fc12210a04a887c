import type { SnapshotDocument } from '../codec/snapshot.ts';
import type { Chain } from '../core/chain.ts';
import { DrError } from '../core/errors.ts';
import {
  compareGenerations,
  FIRST_GENERATION,
  type Generation,
  greatestGeneration,
} from '../core/generation.ts';
import type { ClusterId, LogId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Random } from '../ports/Random.ts';
import type { Repository } from '../ports/Repository.ts';
import { type Claim, claimGeneration, claims } from './claims.ts';
import { keepDivergent } from './divergent.ts';
import type { SnapshotWriter } from './documents.ts';
import { fenceLog, type LogFence } from './fence.ts';
import {
  ensureRepositoryIdentity,
  loadConfig,
  repositoryIdentity,
  type SavedConfig,
  saveConfig,
} from './identity.ts';
import { documentKey, type SnapshotRef } from './keys.ts';
import {
  asSnapshot,
  documentRefs,
  documents,
  type Found,
  findDocument,
  loggedIds,
  newestSnapshot,
  type SnapshotItem,
} from './read.ts';
import { badSnapshot, describeRef } from './refusals.ts';
import { type Ensured, type EnsureOptions, ensureSnapshot } from './write.ts';

/**
 * The chains of one cluster in a repository. Objects are immutable and created only where nothing is; every read
 * checks digests. Calls may throw `PortError`, and `DrError` for what a person has to decide.
 */
export class Snapshots {
  readonly repository: Repository;
  readonly #writer: SnapshotWriter;
  readonly #random: Random;

  constructor(parts: {
    readonly repository: Repository;
    readonly clusterId: ClusterId;
    readonly clock: Clock;
    readonly random: Random;
    /** Who writes, for people: `vlog-dr backup on host-1`. */
    readonly writtenBy: string;
  }) {
    const { random, ...writer } = parts;
    this.repository = parts.repository;
    this.#writer = writer;
    this.#random = random;
  }

  /**
   * Idempotent. When it resolves, this version and all lower ones of its generation are durable there. `E_FENCED`: a
   * recovery closed the generation. `E_CONTRADICTION`: another chain has that version. `E_SNAPSHOT_GAP`: a lower
   * version is missing and `lower` does not have it. Nothing was written at this version in any of these cases.
   */
  ensureSnapshot(chain: Chain, options: EnsureOptions = {}): Promise<Ensured> {
    return ensureSnapshot(this.#writer, chain, options);
  }

  /** The newest snapshot of the highest generation; a broken one is not hidden by an older sound one. */
  newest(logId: LogId): Promise<SnapshotItem | undefined> {
    return newestSnapshot(this.#writer, logId);
  }

  /** The snapshots of a log, oldest first. A broken one comes as `{ref, problem}`. */
  async *list(logId: LogId): AsyncIterable<SnapshotItem> {
    for await (const found of this.documents(logId)) {
      const item = found.ref.version === 0 ? undefined : asSnapshot(found);
      if (item !== undefined) yield item;
    }
  }

  /** Fences, openings and gaps too. */
  documents(logId: LogId): AsyncIterable<Found> {
    return documents(this.#writer, logId);
  }

  /** `undefined` when no snapshot stands there. */
  async find(ref: SnapshotRef): Promise<SnapshotItem | undefined> {
    const found = await findDocument(this.#writer, ref);
    return found && asSnapshot(found);
  }

  /** Throws `E_BAD_SNAPSHOT` when it is damaged, `E_UNKNOWN_LOG` when there is none. */
  async read(ref: SnapshotRef): Promise<SnapshotDocument> {
    const item = await this.find(ref);
    if (item === undefined)
      throw new DrError('E_UNKNOWN_LOG', {
        message: `${this.repository.url} has no snapshot of ${describeRef(ref)}.`,
        hint: '`vlog-dr backups list` shows what is there.',
      });
    if ('problem' in item) throw badSnapshot(this.#writer, ref, item.problem);
    return item.document;
  }

  /** The logs that the repository knows something of. */
  listLogs(): AsyncIterable<LogId> {
    return loggedIds(this.#writer);
  }

  /** Whether anything of this log was ever written here: then an empty register is a lost one. */
  async knows(logId: LogId): Promise<boolean> {
    return (await documentRefs(this.#writer, logId)).length > 0;
  }

  /** A chain of another history than the one here, kept beside it; answers with its key. */
  keepDivergent(chain: Chain): Promise<string> {
    return keepDivergent(this.#writer, chain);
  }

  /** How often the place of a snapshot was written, where the repository can tell: more than once is one too many. */
  async timesWritten(ref: SnapshotRef): Promise<number | undefined> {
    return await this.repository.timesWritten?.(documentKey(this.#writer.clusterId, ref));
  }

  /** The same chains, with every request through another view of the repository. */
  through(change: (repository: Repository) => Repository): Snapshots {
    return new Snapshots({ ...this.#writer, repository: change(this.repository), random: this.#random });
  }

  /** Idempotent. The caller has made sure that this is no log's newest. */
  remove(ref: SnapshotRef): Promise<void> {
    return this.repository.delete(documentKey(this.#writer.clusterId, ref));
  }

  /**
   * Closes every generation before `recovery` to its writers: what the repository does not list now was never
   * activated under it, and never will be. `seen`: generations that others (servers, the register) told of.
   */
  async fence(logId: LogId, recovery: Generation, seen: readonly Generation[] = []): Promise<LogFence> {
    const claimed = await claims(this.#writer);
    const generations = [FIRST_GENERATION, ...claimed, ...seen].filter(
      (generation) => compareGenerations(generation, recovery) !== 0,
    );
    return fenceLog(this.#writer, logId, { recovery, generations });
  }

  /** Takes a number of generation. Idempotent. */
  claimGeneration(generation: Generation): Promise<Claim> {
    return claimGeneration(this.#writer, generation);
  }

  async greatestClaim(): Promise<Generation | undefined> {
    return greatestGeneration(await claims(this.#writer));
  }

  /** The identity that chains name this repository by; `undefined` when nobody gave it one. */
  repositoryId(): Promise<string | undefined> {
    return repositoryIdentity(this.repository);
  }

  /** Gives it an identity if it has none. */
  ensureRepositoryIdentity(): Promise<string> {
    const now = this.#writer.clock.now();
    return ensureRepositoryIdentity(this.repository, { repositoryId: this.#random.uuid(), now });
  }

  saveConfig(text: string): Promise<'saved' | 'there'> {
    return saveConfig(this.#writer, text);
  }

  /** The configuration that was saved last. */
  loadConfig(): Promise<SavedConfig | undefined> {
    return loadConfig(this.#writer);
  }
}
