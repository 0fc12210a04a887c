import { z } from 'zod';
import { parseDurability } from '../core/durability.ts';
import type { ClusterId, Incarnation, LogId, LogletId, RecoveryId, ServerId, StoreId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';

/**
 * Schemas of what crosses a boundary. Shapes on the wire differ from core in one way only: a position is a decimal
 * string. `decode` gives core values; encoding is `toJson` (any core value is encodable).
 */
const name = z
  .string()
  .min(1)
  .max(LIMITS.idLength)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore only');

export const clusterIdSchema = z.uuid().transform((text) => text as ClusterId);
export const storeIdSchema = z.uuid().transform((text) => text as StoreId);
export const incarnationSchema = z.uuid().transform((text) => text as Incarnation);
export const logIdSchema = name.transform((text) => text as LogId);
export const serverIdSchema = name.transform((text) => text as ServerId);

const ulidText = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'a ULID');
export const logletIdSchema = ulidText.transform((text) => text as LogletId);
export const recoveryIdSchema = ulidText.transform((text) => text as RecoveryId);

/** Below 2^63, so that every engine can hold it. */
export const positionSchema = z
  .string()
  // Nothing is computed from text that is no number: a decoder answers with a problem, and never throws.
  .regex(/^(0|[1-9][0-9]{0,18})$/, { error: 'a position: a decimal string', abort: true })
  .refine((text) => BigInt(text) < 1n << 63n, 'below 2^63')
  .transform((text) => BigInt(text));

export const versionSchema = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex');
export const locationSchema = z
  .string()
  .max(LIMITS.idLength * 3)
  .regex(/^[^/\s]+(\/[^/\s]+){0,2}$/, 'region/zone/rack');

export const generationSchema = z.strictObject({
  number: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  recoveryId: recoveryIdSchema,
});

export const nodesetMemberSchema = z.strictObject({
  serverId: serverIdSchema,
  storeId: storeIdSchema,
  location: locationSchema,
});
export const nodesetSchema = z.array(nodesetMemberSchema).min(1).max(LIMITS.nodesetSize);

const copies = z.number().int().min(1).max(LIMITS.nodesetSize);

export const durabilitySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('majority') }),
  z.strictObject({ kind: z.literal('count'), copies: z.number().int().min(1).max(LIMITS.nodesetSize) }),
  z.strictObject({
    kind: z.literal('spread'),
    zones: z.number().int().min(1).max(LIMITS.nodesetSize),
    copies: z.number().int().min(1).max(LIMITS.nodesetSize),
  }),
  z.strictObject({
    kind: z.literal('any-of'),
    quorums: z
      .array(z.array(serverIdSchema).min(1).max(LIMITS.nodesetSize))
      .min(1)
      .max(LIMITS.quorumsPerPolicy),
  }),
  z.strictObject({
    kind: z.literal('scopes'),
    copies: z
      .strictObject({
        node: copies.exactOptional(),
        zone: copies.exactOptional(),
        region: copies.exactOptional(),
      })
      .refine((named) => Object.keys(named).length > 0, 'a scope'),
  }),
]);

/** The form that people write in configuration and flags: `all`, `count:2`, … */
export const durabilityTextSchema = z.string().transform((text, context) => {
  const policy = parseDurability(text);
  if (policy !== undefined) return policy;
  context.addIssue({
    code: 'custom',
    message: 'expected all, majority, count:K, spread:zone=Z,copies=K, any-of:a+b,a+c or {zone: Z, node: K}',
  });
  return z.NEVER;
});

export const successorRulesSchema = z
  .array(
    z.strictObject({
      durability: durabilitySchema,
      minNodesetSize: z.number().int().min(1).max(LIMITS.nodesetSize),
      minZones: z.number().int().min(0).max(LIMITS.nodesetSize),
    }),
  )
  .max(LIMITS.rulesPerDescriptor);

export const snapshotPolicySchema = z.strictObject({
  mode: z.enum(['required', 'best-effort', 'off']),
  repositoryId: z.uuid().exactOptional(),
});

export const sequencerSchema = z.strictObject({ serverId: serverIdSchema, incarnation: incarnationSchema });

/** JSON text of any core value: positions become decimal strings, absent members are left out. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, member: unknown) => (typeof member === 'bigint' ? String(member) : member),
    indent,
  );
}

/**
 * The same text, indented by two, in pieces: cut between the elements of the object's arrays. The plan of a large cluster
 * is longer than a string may be.
 */
export function* toJsonPieces(value: object): Iterable<string> {
  let before = '{\n  ';
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${before}${JSON.stringify(key)}: `;
    before = ',\n  ';
    if (Array.isArray(member) && member.length > 0) yield* elementsJson(member);
    else yield indented(toJson(member, 2), '  ');
  }
  yield before.startsWith('{') ? '{}' : '\n}';
}

function* elementsJson(elements: readonly unknown[]): Iterable<string> {
  for (const [place, element] of elements.entries())
    yield `${place === 0 ? '[' : ','}\n    ${indented(toJson(element ?? null, 2), '    ')}`;
  yield '\n  ]';
}

/** No string in JSON holds a line's end. */
function indented(json: string, by: string): string {
  return json.replaceAll('\n', `\n${by}`);
}

/** A decoded value, not to be changed: built from core values without copying them. */
export type Frozen<T> = T extends string | number | bigint | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : { readonly [Key in keyof T]: Frozen<T[Key]> };
