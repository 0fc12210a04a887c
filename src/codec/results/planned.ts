import { z } from 'zod';
import { evidenceOptionsSchema } from '../evidenceOptions.ts';
import { stepReportSchema } from '../journal.ts';

/** What every command that plans prints: its plan, whether it was applied, and then what became of it. */
export function plannedResult<Results extends z.ZodRawShape>(plan: z.ZodRawShape, results: Results) {
  return z.object({
    ...plan,
    /** Of a plan that was not applied: what evidence an apply of it will look at again. */
    evidence: evidenceOptionsSchema.optional(),
    applied: z.boolean(),
    runId: z.string().optional(),
    steps: z.array(stepReportSchema).optional(),
    ...z.object(results).partial().shape,
  });
}
