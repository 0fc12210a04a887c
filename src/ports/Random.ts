/** Randomness. Injected, so that a simulation can replay a run from its seed. */
export interface Random {
  /** A new ULID: sortable by time of creation, unique. */
  ulid(): string;
  /** A new UUID (version 4). */
  uuid(): string;
  /** A whole number in [0, bound). */
  below(bound: number): number;
}
