import { z } from 'zod';
import { serverIdSchema } from '../common.ts';
import { fencePlanSchema } from '../plans/fence.ts';
import { plannedResult } from './planned.ts';

/** With `--watch`, one such document for each change. */
export const fenceResultSchema = plannedResult(fencePlanSchema.shape, {
  result: z.object({ fenced: z.array(serverIdSchema), sealedOn: z.array(serverIdSchema) }),
});
