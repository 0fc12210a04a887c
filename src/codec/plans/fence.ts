import { z } from 'zod';
import { type Frozen, generationSchema, logIdSchema, logletIdSchema, serverIdSchema } from '../common.ts';
import { planHead } from './head.ts';

/** `fence`: brings servers that returned under the current generation, and sets aside what they alone know. */
export const fencePlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('fence'),
  /** The greatest of the registers, the repository and all servers. */
  generation: generationSchema,
  servers: z.array(
    z.strictObject({
      id: serverIdSchema,
      state: z.enum(['current', 'behind', 'silent', 'not admitted', 'foreign', 'retired']),
      generation: generationSchema.exactOptional(),
      detail: z.string().exactOptional(),
    }),
  ),
  /** Loglets outside the chain: their entries are kept, and never served. */
  quarantine: z.array(
    z.strictObject({
      logId: logIdSchema,
      logletId: logletIdSchema,
      index: z.number().int().min(0),
      servers: z.array(serverIdSchema),
      /** Those of them where it is not sealed yet. */
      open: z.array(serverIdSchema),
      because: z.enum(['another loglet has its place', 'an earlier generation made it']),
    }),
  ),
});

export type FencePlan = Frozen<z.infer<typeof fencePlanSchema>>;

/** Results of steps, as a journal keeps them: the servers that did it. */
export const serversStepSchema = z.array(serverIdSchema);
