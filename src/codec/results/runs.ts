import { z } from 'zod';
import { stepReportSchema } from '../journal.ts';

const summarySchema = z.object({
  runId: z.string(),
  command: z.string(),
  startedAt: z.number(),
  state: z.enum(['running', 'done', 'failed', 'interrupted', 'killed', 'unreadable']),
  stepsDone: z.number(),
  stepsBegun: z.number(),
});

export const runsResultSchema = z.object({ runs: z.array(summarySchema) });

export const runResultSchema = z.object({
  run: summarySchema,
  cluster: z.object({ id: z.string(), name: z.string() }),
  steps: z.array(stepReportSchema),
});
