import { z } from 'zod';
import { type Chain, chainDigest, chainProblems } from '../core/chain.ts';
import type { LogId } from '../core/ids.ts';
import { chainIdentitySchema, chainSchema } from './chain.ts';
import { clusterIdSchema, digestSchema, logIdSchema, toJson } from './common.ts';
import { firstProblem } from './problem.ts';
import { SameText } from './sameText.ts';

/** One value of a register as it is stored: it carries its own digest, so that damage is seen and never served. */
const registerSchema = z.strictObject({
  schemaVersion: z.literal(1),
  digest: digestSchema,
  chain: chainSchema,
});

/** Bytes that were stored, or why they are not a value. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** Refuses, as our own bug, a chain that would not be given back: nobody may store what nobody can read. */
export function encodeRegister(logId: LogId, chain: Chain): string {
  const text = toJson({ schemaVersion: 1, digest: chainDigest(chain), chain });
  const back = decodeRegister(logId, text);
  if (!back.ok) throw new Error(`not a chain of log ${logId}: ${back.problem}`);
  return text;
}

export function decodeRegister(logId: LogId, text: string): Decoded<Chain> {
  const decoded = decodeAnyRegister(text);
  if (!decoded.ok || decoded.value.logId === logId) return decoded;
  return { ok: false, problem: `It is the chain of log ${decoded.value.logId}.` };
}

/** Of whichever log: what a client had cached, what `etcdctl` printed. */
export function decodeAnyRegister(text: string): Decoded<Chain> {
  return registers.take(text, () => checked(text));
}

const registers = new SameText<Decoded<Chain>>();

function checked(text: string): Decoded<Chain> {
  const parsed = decodeJson(registerSchema, text);
  if (!parsed.ok) return parsed;
  const { chain, digest } = parsed.value;
  if (chainDigest(chain) !== digest) return { ok: false, problem: 'It does not match its own digest.' };
  const problems = chainProblems(chain);
  return problems.length > 0 ? { ok: false, problem: problems.join(' ') } : { ok: true, value: chain };
}

/** JSON text to a checked value; a problem in one line otherwise. Never throws. */
export function decodeJson<T>(schema: z.ZodType<T>, text: string): Decoded<T> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'It is not JSON.' };
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problem: firstProblem(parsed.error) };
}

/** `metastore.json`: which cluster a directory of registers belongs to. */
export const metaStoreIdentitySchema = z.strictObject({
  schemaVersion: z.literal(1),
  clusterId: clusterIdSchema,
});

/** Bodies of the MetaStore's HTTP interface. */
export const compareAndSetRequestSchema = z.strictObject({
  expected: chainIdentitySchema.nullable(),
  chain: chainSchema,
});
export const compareAndSetReplySchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('installed') }),
  z.strictObject({ outcome: z.literal('conflict'), current: chainSchema.nullable() }),
]);
export const registerReplySchema = z.strictObject({ chain: chainSchema.nullable() });
export const logListReplySchema = z.strictObject({ logs: z.array(logIdSchema).max(1_000_000) });
export const metaStoreHealthSchema = z.strictObject({
  health: z.enum(['ok', 'degraded', 'lost']),
  members: z.array(
    z.strictObject({
      id: z.string(),
      endpoint: z.string(),
      state: z.enum(['ok', 'unreachable']),
      detail: z.string().exactOptional(),
    }),
  ),
});
/** One line of a watch or of a history: a value, a sign of life, the end, or the failure that cut it short. */
export const chainLineSchema = z.union([
  z.strictObject({ chain: chainSchema }),
  z.strictObject({ alive: z.literal(true) }),
  z.strictObject({ end: z.literal(true) }),
  z.strictObject({ failure: z.string(), message: z.string(), code: z.string().exactOptional() }),
]);
export const failureReplySchema = z.strictObject({
  error: z.strictObject({ failure: z.string(), message: z.string(), code: z.string().exactOptional() }),
});
