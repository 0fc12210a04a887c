import { z } from 'zod';
import {
  type Frozen,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  positionSchema,
  serverIdSchema,
  storeIdSchema,
} from '../common.ts';
import { planHead } from './head.ts';

/** `admit SERVER`: a new or re-formatted store joins at the highest generation of the cluster. */
export const admitPlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('admit'),
  server: serverIdSchema,
  storeId: storeIdSchema.exactOptional(),
  generation: generationSchema.exactOptional(),
  /** Who told the generation. */
  toldBy: z.array(z.string()),
});
export type AdmitPlan = Frozen<z.infer<typeof admitPlanSchema>>;

/** `retire SERVER`: takes a server out of service, so that later verdicts stay provable. */
export const retirePlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('retire'),
  server: serverIdSchema,
  /** The store that answers; absent when the server is silent. */
  storeId: storeIdSchema.exactOptional(),
  generation: generationSchema.exactOptional(),
  alreadyRetired: z.boolean(),
  destroyed: z.boolean(),
  /** Every store that was ever named for the server. */
  stores: z.array(storeIdSchema),
  logs: z.array(
    z.strictObject({
      logId: logIdSchema,
      /** Whether the chain says already that these stores are out of service. */
      recorded: z.boolean(),
      inLastNodeset: z.boolean(),
      pendingIn: z.array(logletIdSchema),
      /** Positions of which no other server that answers has a copy. */
      onlyHere: z.array(z.strictObject({ from: positionSchema, to: positionSchema })),
    }),
  ),
});
export type RetirePlan = Frozen<z.infer<typeof retirePlanSchema>>;
