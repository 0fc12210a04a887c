import type { Chain } from '../core/chain.ts';
import type { LogId } from '../core/ids.ts';

/**
 * The last chain that a client of this machine read from the register. With it appends go on while the MetaStore is
 * down, and a restored old register is recognised. As good as a snapshot: it was read from the register.
 */
export interface ChainCache {
  /** `undefined` when nothing was saved. Throws `corrupt` when what was saved cannot be used. */
  load(logId: LogId): Promise<Chain | undefined>;
  /** Durable when it resolves; the old one or the new one is there after a crash, never a mixture. */
  save(chain: Chain): Promise<void>;
}
