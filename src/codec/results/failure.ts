import { z } from 'zod';

/** What any command prints with `--json` instead of its result when it cannot go on. */
export const failureResultSchema = z.object({
  error: z.object({
    code: z.string(),
    title: z.string(),
    message: z.string(),
    hint: z.string(),
    context: z.record(z.string(), z.unknown()),
  }),
});
