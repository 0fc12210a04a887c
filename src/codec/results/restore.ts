import { z } from 'zod';
import { logIdSchema, versionSchema } from '../common.ts';
import { spanSchema } from '../dataManifest.ts';
import { restorePlanSchema } from '../plans/restore.ts';
import { plannedResult } from './planned.ts';

export const restoreResultSchema = plannedResult(restorePlanSchema.shape, {
  result: z.object({
    logId: logIdSchema,
    version: versionSchema,
    restored: z.array(spanSchema),
    lost: z.array(spanSchema),
    /** The last loglet was ended: the log goes on in a new one. */
    extended: z.boolean(),
  }),
});
