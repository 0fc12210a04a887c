import { z } from 'zod';
import { generationSchema } from '../common.ts';

/** Result of `backups test-restore`. */
export const testRestoreResultSchema = z.object({
  ok: z.boolean(),
  repository: z.string(),
  /** Of the log that came off worst. */
  verdict: z.enum(['ok', 'attention', 'mismatch']),
  durationMs: z.number(),
  logs: z.array(
    z.object({
      logId: z.string(),
      /** The snapshot; `null` when the log has none. */
      id: z.string().nullable(),
      generation: generationSchema.nullable(),
      version: z.number().nullable(),
      /** Whether it was read, written into an empty MetaStore, and read back the same. */
      restored: z.boolean(),
      /** How it stands to the live register. */
      register: z.enum(['same', 'behind', 'lost', 'backwards', 'differs', 'unknown']),
      /** Versions of the register that it lacks. */
      behind: z.number().nullable(),
      segments: z.number(),
      /** Segments of which a server that answers holds the very loglet that the snapshot names. */
      confirmed: z.number(),
      problems: z.array(
        z.object({
          /** `mismatch`: what lives says otherwise. `unproven`: nobody who answers can tell. */
          kind: z.enum(['mismatch', 'behind', 'unproven']),
          message: z.string(),
        }),
      ),
      durationMs: z.number(),
    }),
  ),
});

export type TestRestoreResult = z.output<typeof testRestoreResultSchema>;
export type RestoredLog = TestRestoreResult['logs'][number];
