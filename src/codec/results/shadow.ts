import { z } from 'zod';
import { type Frozen, logIdSchema, serverIdSchema } from '../common.ts';

/** Result of `drill shadow`: what a rebuild would make now, held against what production has. */
export const shadowResultSchema = z.object({
  ok: z.boolean(),
  cluster: z.object({ id: z.string(), name: z.string() }),
  /** `same`: every log would come back as it is, proven. Of the log that came off worst. */
  verdict: z.enum(['same', 'moved', 'not proven', 'differs']),
  /** A shadow never raises a fence, so that its evidence may move while it is looked at. */
  fenced: z.literal(false),
  durationMs: z.number(),
  phases: z.object({
    /** Until every server had answered, or its time was over. */
    observeMs: z.number(),
    planMs: z.number(),
    /** Into a MetaStore that is thrown away, and read back. */
    restoreMs: z.number(),
    compareMs: z.number(),
  }),
  servers: z.object({ answered: z.array(serverIdSchema), silent: z.array(serverIdSchema) }),
  logs: z.array(
    z.object({
      logId: logIdSchema,
      /** `moved`: production changed meanwhile, twice in a row. */
      verdict: z.enum(['same', 'moved', 'not proven', 'differs']),
      rebuild: z.enum(['proven', 'unproven', 'contradiction', 'not found']),
      /** Of the register; `null` when it has none. */
      version: z.number().nullable(),
      segments: z.number(),
      /** Segments that are the same in both. */
      same: z.number(),
      differences: z.array(z.string()),
      /** Why a rebuild would not be proven. */
      problems: z.array(z.string()),
    }),
  ),
});
export type ShadowResult = Frozen<z.output<typeof shadowResultSchema>>;
export type ShadowLog = ShadowResult['logs'][number];
