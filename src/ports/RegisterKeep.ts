import type { RegisterSet } from '../core/registerSet.ts';

/** Registers that a run is about, on this machine: they may hold what services keep secret, so no plan has them. */
export interface RegisterKeep {
  /** Durable when it resolves, readable by its owner only. The first of a run stays. Answers where. */
  save(runId: string, set: RegisterSet): Promise<string>;
  /** Throws `PortError` `corrupt` or `notFound`. */
  load(runId: string): Promise<RegisterSet>;
}
