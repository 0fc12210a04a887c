import { decodeRegisterSet, encodeRegisterSet, type RegisterSetDocument } from '../codec/registerSet.ts';
import { DrError } from '../core/errors.ts';
import { type RegisterSet, registerSetDigest } from '../core/registerSet.ts';
import type { Clock } from '../ports/Clock.ts';
import type { Repository } from '../ports/Repository.ts';
import { createObject } from './create.ts';

/** Whose registers: the engine's own identity of the cluster. */
export interface SetOwner {
  readonly name: string;
  readonly fingerprint: bigint;
}

/** One backup of all registers. `setDigest` (its first digits) tells without reading whether two hold the same. */
export interface SetRef {
  readonly key: string;
  readonly takenAt: number;
  readonly setDigest: string;
  readonly source: RegisterSetDocument['source'];
}

export type SetItem =
  | { readonly ref: SetRef; readonly document: RegisterSetDocument }
  | { readonly ref: SetRef; readonly problem: string };

const DIGEST_DIGITS = 32;
const TIME_DIGITS = 16;

/**
 * Register sets of clusters of other engines in a repository: immutable objects, one for each set that was seen. Keys
 * order them by the time they were taken. Reads check every digest.
 */
export class SetBackups {
  readonly repository: Repository;
  readonly #clock: Clock;
  readonly #writtenBy: string;

  constructor(parts: { readonly repository: Repository; readonly clock: Clock; readonly writtenBy: string }) {
    this.repository = parts.repository;
    this.#clock = parts.clock;
    this.#writtenBy = parts.writtenBy;
  }

  /** Durable when it resolves. `there`: the newest backup holds exactly this set. */
  async write(
    owner: SetOwner,
    set: RegisterSet,
    source: RegisterSetDocument['source'],
  ): Promise<{ readonly outcome: 'written' | 'there'; readonly ref: SetRef }> {
    const setDigest = registerSetDigest(set).slice(0, DIGEST_DIGITS);
    const newest = (await this.list(owner.fingerprint)).at(-1);
    if (newest?.setDigest === setDigest && newest.source === source) return { outcome: 'there', ref: newest };
    // Later than all that is there, whatever a clock says: the order of names is the order of writing.
    const takenAt = Math.max(this.#clock.now(), (newest?.takenAt ?? 0) + 1);
    const key = `${prefixOf(owner.fingerprint)}${String(takenAt).padStart(TIME_DIGITS, '0')}-${setDigest}-${source}.json`;
    const writtenBy = this.#writtenBy;
    await createObject(
      this.repository,
      key,
      encodeRegisterSet({ engine: 'restate', cluster: owner, source, set, takenAt, writtenBy }),
    );
    return { outcome: 'written', ref: { key, takenAt, setDigest, source } };
  }

  /** Oldest first. */
  async list(fingerprint: bigint): Promise<SetRef[]> {
    const refs: SetRef[] = [];
    for await (const key of this.repository.list(prefixOf(fingerprint))) {
      const match = /\/(\d{16})-([0-9a-f]{32})-(store|caches)\.json$/.exec(key);
      if (match === null) continue;
      const [, takenAt = '', setDigest = '', source] = match;
      refs.push({
        key,
        takenAt: Number(takenAt),
        setDigest,
        source: source === 'caches' ? 'caches' : 'store',
      });
    }
    return refs;
  }

  /** The fingerprints of the clusters that have backups here. */
  async clusters(): Promise<bigint[]> {
    const found = new Set<string>();
    for await (const key of this.repository.list(PREFIX)) {
      const [, fingerprint] = key.split('/');
      if (fingerprint !== undefined && /^\d{1,20}$/.test(fingerprint)) found.add(fingerprint);
    }
    return [...found].map(BigInt);
  }

  async read(ref: SetRef): Promise<SetItem> {
    const bytes = await this.repository.get(ref.key);
    if (bytes === undefined) return { ref, problem: 'It is not there any more.' };
    const decoded = decodeRegisterSet(bytes);
    return decoded.ok ? { ref, document: decoded.value } : { ref, problem: decoded.problem };
  }

  /** The newest, or the one whose key or time begins with `id`. Throws `E_BAD_SNAPSHOT` for a broken one. */
  async find(
    fingerprint: bigint,
    id?: string,
  ): Promise<{ ref: SetRef; document: RegisterSetDocument } | undefined> {
    const refs = await this.list(fingerprint);
    const ref = id === undefined ? refs.at(-1) : refs.find(({ key }) => idOf(key).startsWith(id));
    if (ref === undefined) return undefined;
    const item = await this.read(ref);
    if ('document' in item) return item;
    throw new DrError('E_BAD_SNAPSHOT', {
      message: `The backup ${ref.key} in ${this.repository.url} cannot be read. ${item.problem} Nothing was changed.`,
      hint: '`vlog-dr backups list` shows older ones; name one with its id.',
    });
  }
}

/** What people name a backup by. */
export function idOf(key: string): string {
  return (
    key
      .split('/')
      .at(-1)
      ?.replace(/^0*/, '')
      .replace(/\.json$/, '') ?? key
  );
}

const PREFIX = 'restate/';

function prefixOf(fingerprint: bigint): string {
  return `${PREFIX}${fingerprint}/sets/`;
}
