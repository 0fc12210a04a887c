/** Bounds on everything that is read from outside. A value beyond one is refused, never truncated. */
export const LIMITS = {
  nodesetSize: 64,
  segmentsPerChain: 1_000_000,
  lineageLength: 8,
  descriptorBytes: 256 * 1024,
  entryBytes: 8 * 1024 * 1024,
  batchBytes: 16 * 1024 * 1024,
  batchEntries: 16_384,
  idLength: 128,
  rulesPerDescriptor: 16,
  quorumsPerPolicy: 256,
} as const;
