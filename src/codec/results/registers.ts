import { z } from 'zod';
import { endLogPlanSchema, endLogResultSchema } from '../plans/endLog.ts';
import { foreignLogResultSchema, registersPlanSchema } from '../plans/registers.ts';
import { plannedResult } from './planned.ts';

/** `rebuild-metastore` and `force-new-cluster` of a cluster of another engine. */
export const registersResultSchema = plannedResult(registersPlanSchema.shape, {
  results: z.array(foreignLogResultSchema),
  /** Nodes that did not join in time. */
  missing: z.array(z.string()),
  /** The file with the registers that were written. */
  keptAs: z.string(),
});

/** `seal` and `reconfigure` of a cluster of another engine. */
export const endLogResultDocumentSchema = plannedResult(endLogPlanSchema.shape, {
  result: endLogResultSchema,
});
