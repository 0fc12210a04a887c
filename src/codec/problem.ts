import type { z } from 'zod';

/** What is wrong with a value, in one line and a full stop: `segments.3.start: a whole number, please.` */
export function firstProblem({ issues: [issue] }: z.ZodError, whole = 'It'): string {
  const where = issue?.path.join('.') || whole;
  if (issue?.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `${where} is missing.`;
  return `${where}: ${issue?.message ?? 'is not valid'}.`;
}
