import { z } from 'zod';
import { type Frozen, positionSchema } from '../common.ts';

const interval = z.object({ from: positionSchema, to: positionSchema });

/** `verify` of a cluster of another engine. */
export const foreignVerificationSchema = z.object({
  verdict: z.enum(['ok', 'risk', 'loss', 'unreachable']),
  nodes: z.array(
    z.object({
      name: z.string(),
      /** Registers of which it remembers another version than the store has. */
      behind: z.array(z.string()),
      joined: z.boolean(),
    }),
  ),
  logs: z.array(
    z.object({
      logId: z.string(),
      /** The tail as the cluster's own client finds it; `null` when it does not. */
      tail: positionSchema.nullable(),
      /** LSNs. */
      segments: z.array(
        z.object({
          logletId: z.string(),
          start: positionSchema,
          end: positionSchema,
          /** On no node that answers. */
          missing: z.array(interval),
          /** On fewer nodes than make a record durable. */
          thin: z.array(interval),
        }),
      ),
      /** Whether a new segment could be made; `null` when that was not tried. */
      extended: z.boolean().nullable(),
    }),
  ),
  partitions: z.array(z.object({ id: z.number(), active: z.boolean(), detail: z.string() })),
  problems: z.array(z.string()),
});
export type ForeignVerification = Frozen<z.infer<typeof foreignVerificationSchema>>;
