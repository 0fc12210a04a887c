import { z } from 'zod';

/** What `backup` and `backups …` print for clusters whose registers are only good together. */
export const setBackupResultSchema = z.object({
  /** False: taken from what nodes remember; the registers that none of them keeps are missing. */
  ok: z.boolean(),
  repository: z.string(),
  cluster: z.object({ name: z.string(), fingerprint: z.string() }),
  id: z.string(),
  outcome: z.enum(['written', 'there']),
  source: z.enum(['store', 'caches']),
  /** Why not from the store. */
  because: z.string().exactOptional(),
  takenAt: z.number(),
  /** Versions, by the engine's own names. */
  registers: z.record(z.string(), z.number()),
});
export type SetBackupResult = z.infer<typeof setBackupResultSchema>;

export const setBackupsListSchema = z.object({
  repository: z.string(),
  fingerprint: z.string(),
  sets: z.array(
    z.object({
      id: z.string(),
      takenAt: z.number(),
      source: z.enum(['store', 'caches']),
      state: z.enum(['sound', 'damaged']),
      registers: z.record(z.string(), z.number()).exactOptional(),
      problem: z.string().exactOptional(),
    }),
  ),
});

export type ListedSet = z.infer<typeof setBackupsListSchema>['sets'][number];

export const setFollowEventSchema = z.discriminatedUnion('event', [
  z.object({ event: z.literal('started'), repository: z.string(), cluster: z.string() }),
  z.object({ event: z.literal('set'), ...setBackupResultSchema.shape }),
  /** Something is not backed up now. */
  z.object({
    event: z.literal('alarm'),
    kind: z.enum(['store', 'repository', 'cluster']),
    message: z.string(),
  }),
  z.object({ event: z.literal('cleared'), kind: z.enum(['store', 'repository', 'cluster']) }),
  z.object({
    event: z.literal('ended'),
    ok: z.boolean(),
    sets: z.number(),
    failures: z.number(),
    alarms: z.array(z.string()),
  }),
]);
export type SetFollowEvent = z.infer<typeof setFollowEventSchema>;
