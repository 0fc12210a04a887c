/**
 * A place for backups: immutable objects under keys. Every call may throw `PortError`. Keys are relative paths of
 * `[A-Za-z0-9._-]` components joined by `/`.
 */
export interface Repository {
  /** As the user wrote it, without credentials. */
  readonly url: string;

  /**
   * Writes the object iff no object has this key; durable when it resolves. Idempotent for the same bytes: a retry
   * that meets its own first try answers `exists`. Throws `outcomeUnknown` when the write may have happened.
   * Whether the engine really enforces "if absent" is not taken on trust: see `probe`.
   */
  putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;

  /** Writes or overwrites. Only for hints that nothing depends on. */
  put(key: string, bytes: Uint8Array): Promise<void>;

  /** Read-after-write consistent. `undefined` when there is none. */
  get(key: string): Promise<Uint8Array | undefined>;

  /** Keys that start with the prefix, ascending. Strongly consistent. */
  list(prefix: string): AsyncIterable<string>;

  /** Idempotent. */
  delete(key: string): Promise<void>;

  /**
   * Tries in this very place what recovery rests on: a second `putIfAbsent` is refused, a written object is read
   * back and listed. Leaves nothing behind where it may delete.
   */
  probe(): Promise<RepositoryGuarantees>;

  /**
   * How often this key was written, where the engine keeps every write (a bucket with versions); `undefined` where it
   * does not. More than one write of a key that is created if absent: the engine let two writers win.
   */
  timesWritten?(key: string): Promise<number | undefined>;

  close(): Promise<void>;
}

export interface RepositoryGuarantees {
  readonly createIfAbsent: boolean;
  readonly readAfterWrite: boolean;
  readonly listAfterWrite: boolean;
  /** What is not guaranteed, in whole sentences. */
  readonly problems: readonly string[];
}
