import { z } from 'zod';
import { positionSchema } from '../common.ts';

/** Results of the `log` commands and of `verify --acked`, as printed. */
const logId = z.string();
const range = z.object({ from: positionSchema, to: positionSchema });

export const logCreateResultSchema = z.object({
  logId,
  version: z.number(),
  logletId: z.string(),
  nodeset: z.array(z.string()),
  durability: z.string(),
});

export const logAppendResultSchema = z.object({
  logId,
  /** `partial`: the entries not acknowledged are certainly not in the log. `unknown`: some may be. */
  outcome: z.enum(['acknowledged', 'partial', 'unknown']),
  entries: z.number(),
  acknowledged: z.number(),
  /** Positions of the acknowledged entries, in the order in which they were given. */
  ranges: z.array(range),
});

export const logReadResultSchema = z.object({
  logId,
  from: positionSchema,
  /** Where to go on reading. */
  next: positionSchema,
  entries: z.array(
    z.object({
      position: positionSchema,
      sha256: z.string(),
      /** Present when the payload is UTF-8 text. */
      text: z.string().exactOptional(),
      base64: z.string(),
    }),
  ),
});

export const logTailResultSchema = z.object({
  logId,
  tail: positionSchema,
  /** `acknowledged` and `boundary` are linearizable; below a `lowerBound` everything is determined. */
  kind: z.enum(['acknowledged', 'boundary', 'lowerBound']),
});

export const logTrimResultSchema = z.object({
  logId,
  trimPoint: positionSchema,
  before: positionSchema,
  applied: z.boolean(),
});

export const ackedResultSchema = z.object({
  ok: z.boolean(),
  checked: z.number(),
  /** Positions below the trim point: given up on purpose. */
  trimmed: z.number(),
  lost: z.array(
    z.object({
      logId,
      position: positionSchema,
      expected: z.string(),
      problem: z.enum(['missing', 'different', 'unreadable']),
      detail: z.string(),
    }),
  ),
});
