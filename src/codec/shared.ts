import { z } from 'zod';
import { Remembered } from './remembered.ts';

/** There are few: one for each way in which servers were ever chosen. */
const PARTS = 1_024;
/** Characters of one: what a thousand that are longer hold would be too much. */
const LONGEST_PART = 16 * 1024;
/** What servers and loglets next to each other say alike; servers are read side by side, and some are ahead. */
const NEIGHBOURS = 32_768;

/**
 * The same schema, for values that come again and again inside others: checked once, and then one value, which nobody may
 * change.
 */
export function shared<T extends object>(schema: z.ZodType<T>): z.ZodType<T> {
  const known = new Remembered<T>(PARTS);
  return z.unknown().transform((json, context): T => {
    const text = JSON.stringify(json) ?? '';
    const before = known.get(text);
    if (before !== undefined) return before;
    return checked(schema, json, context, (value) => {
      if (text.length <= LONGEST_PART) known.set(text, value);
    });
  });
}

/** The same for what a loglet's id finds: to compare it with what came before costs less than its text. */
export function sharedById<T extends object>(schema: z.ZodType<T>): z.ZodType<T> {
  const known = new Remembered<T>(NEIGHBOURS);
  return z.unknown().transform((json, context): T => {
    const id = idOf(json);
    const before = known.get(id);
    if (before !== undefined && says(json, before)) return before;
    return checked(schema, json, context, (value) => known.set(id, value));
  });
}

function idOf(json: unknown): string {
  const id = json !== null && typeof json === 'object' && 'logletId' in json ? json.logletId : undefined;
  return typeof id === 'string' ? id : '';
}

function checked<T>(
  schema: z.ZodType<T>,
  json: unknown,
  context: z.core.$RefinementCtx,
  keep: (value: T) => void,
): T {
  const found = schema.safeParse(json);
  if (found.success) {
    keep(found.data);
    return found.data;
  }
  for (const { path, message } of found.error.issues)
    context.issues.push({ code: 'custom', input: json, path, message });
  return z.NEVER;
}

/** Whether this JSON would be decoded to this value: schemas of the wire change nothing but positions, into numbers. */
function says(json: unknown, value: unknown): boolean {
  if (typeof value === 'bigint') return json === String(value);
  if (value === null || typeof value !== 'object') return json === value;
  if (json === null || typeof json !== 'object' || Array.isArray(json) !== Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return (
    keys.length === Object.keys(json).length &&
    keys.every((key) => says(member(json, key), member(value, key)))
  );
}

function member(of: object, key: string): unknown {
  return (of as Record<string, unknown>)[key];
}
