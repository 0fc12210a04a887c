import { z } from 'zod';
import {
  type Frozen,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  positionSchema,
  serverIdSchema,
  versionSchema,
} from '../common.ts';
import { closeRecordSchema } from '../descriptor.ts';
import { planHead } from './head.ts';

const range = z.strictObject({ from: positionSchema, to: positionSchema });

/** What one copy gets from the others. */
const copyRepairSchema = z.strictObject({
  server: serverIdSchema,
  /** Added at its tail. */
  missing: range.exactOptional(),
  /** Replaced: they failed their checksum. */
  damaged: z.array(positionSchema),
  /** Members that hold them, in the order in which they are asked. */
  sources: z.array(serverIdSchema),
});

/** `repair`: makes the copies of ended segments whole again, within their nodesets. */
export const repairPlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('repair'),
  logs: z.array(
    z.strictObject({
      logId: logIdSchema,
      version: versionSchema,
      generation: generationSchema,
      segments: z.array(
        z.strictObject({
          index: z.number().int().min(0),
          logletId: logletIdSchema,
          end: positionSchema,
          /** Members that do not know the segment's end; `record` is what they are told. */
          close: z
            .strictObject({ servers: z.array(serverIdSchema), record: closeRecordSchema })
            .exactOptional(),
          copies: z.array(copyRepairSchema),
        }),
      ),
    }),
  ),
  /** What stays less than whole, and why. */
  left: z.array(
    z.strictObject({
      logId: logIdSchema,
      index: z.number().int().min(0),
      logletId: logletIdSchema,
      server: serverIdSchema,
      because: z.enum([
        'it does not answer',
        'its disk was replaced',
        'it was retired',
        'it does not hold the loglet',
        'no server that answers has what it lacks',
      ]),
    }),
  ),
});

export type RepairPlan = Frozen<z.infer<typeof repairPlanSchema>>;
export type SegmentRepair = RepairPlan['logs'][number]['segments'][number];
export type CopyRepair = SegmentRepair['copies'][number];

/** Result of a step, as a journal keeps it. */
export const repairStepSchema = z.object({ added: z.number(), healed: z.number() });
