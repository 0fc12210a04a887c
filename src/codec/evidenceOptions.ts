import { z } from 'zod';
import type { Frozen } from './common.ts';

/**
 * The evidence beyond the live servers that an operator named. Kept with the plan: the apply looks at the same things
 * again, on this machine or another one.
 */
export const evidenceOptionsSchema = z.strictObject({
  /** False: the repository is not asked. */
  useRepository: z.boolean(),
  /** Snapshots by their identity, beside the newest ones. */
  backups: z.array(z.string().max(1024)),
  caches: z.array(z.string().max(4096)),
  metaStores: z.array(z.string().max(4096)),
  dataDirs: z.array(z.string().max(4096)),
  /** Another MetaStore than the configured one. */
  into: z.string().max(4096).exactOptional(),
});
export type EvidenceOptions = Frozen<z.infer<typeof evidenceOptionsSchema>>;

export const NO_EVIDENCE: EvidenceOptions = {
  useRepository: true,
  backups: [],
  caches: [],
  metaStores: [],
  dataDirs: [],
};
