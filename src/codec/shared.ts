import { z } from 'zod';
import { type Remembering, SameText } from './sameText.ts';

/**
 * The same schema, for values that come again and again inside others: decoded once as long as their text is remembered,
 * and then one value, which nobody may change.
 */
export function shared<T extends object>(schema: z.ZodType<T>, limit: Remembering): z.ZodType<T> {
  const known = new SameText<T>(limit);
  return z.unknown().transform((json, context): T => {
    try {
      return known.take(JSON.stringify(json) ?? '', () => schema.parse(json));
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      for (const { path, message } of error.issues)
        context.issues.push({ code: 'custom', input: json, path, message });
      return z.NEVER;
    }
  });
}
