import { z } from 'zod';

/**
 * Requests and answers of etcd's JSON gateway (3.4 and later). etcd drops unknown members without a word, and an
 * absent number is zero: a misspelt `mod_revision` in a compare means "must not exist" and can win. So no request
 * leaves that is not exactly one of these.
 */
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, 'base64');
const int64 = z.string().regex(/^(0|[1-9][0-9]{0,18})$/, 'a whole number as text');

export const rangeRequest = z.strictObject({
  key: base64,
  range_end: base64.exactOptional(),
  revision: int64.exactOptional(),
  limit: int64.exactOptional(),
  keys_only: z.boolean().exactOptional(),
});

const compare = z.union([
  z.strictObject({ key: base64, target: z.literal('MOD'), result: z.literal('EQUAL'), mod_revision: int64 }),
  z.strictObject({ key: base64, target: z.literal('VALUE'), result: z.literal('EQUAL'), value: base64 }),
  z.strictObject({ key: base64, target: z.literal('VERSION'), result: z.literal('LESS'), version: int64 }),
]);
const put = z.union([
  z.strictObject({ key: base64, value: base64 }),
  z.strictObject({ key: base64, ignore_value: z.literal(true) }),
]);
const operation = z.union([
  z.strictObject({ request_range: rangeRequest }),
  z.strictObject({ request_put: put }),
]);
export const txnRequest = z.strictObject({
  compare: z.array(compare),
  success: z.array(operation),
  failure: z.array(operation),
});
export type Compare = z.infer<typeof compare>;
export type Operation = z.infer<typeof operation>;

export const watchRequest = z.strictObject({
  create_request: z.strictObject({ key: base64, start_revision: int64 }),
});
export const authenticateRequest = z.strictObject({ name: z.string(), password: z.string() });
export const emptyRequest = z.strictObject({});

/** 64-bit numbers are strings; one that is zero is left out. */
const number = int64.default('0').transform((text) => BigInt(text));
const text = z
  .string()
  .default('')
  .transform((encoded) => Buffer.from(encoded, 'base64').toString('utf8'));
const header = z.object({ revision: number });
const keyValue = z.object({ key: text, mod_revision: number, version: number, value: text });
export type KeyValue = z.infer<typeof keyValue>;

export const rangeReply = z.object({
  header,
  kvs: z.array(keyValue).default([]),
  more: z.boolean().default(false),
});
export const txnReply = z.object({
  header,
  succeeded: z.boolean().default(false),
  responses: z.array(z.object({ response_range: rangeReply.exactOptional() })).default([]),
});
export const watchReply = z.union([
  z.object({
    result: z.object({
      events: z.array(z.unknown()).default([]),
      canceled: z.boolean().default(false),
      cancel_reason: z.string().default(''),
    }),
  }),
  z.object({ error: z.object({ message: z.string() }) }),
]);
export const authenticateReply = z.object({ token: z.string().min(1) });
export const statusReply = z.object({
  header: z.object({ member_id: z.string() }),
  version: z.string(),
  leader: z.string().default('0'),
});
export const memberListReply = z.object({
  members: z
    .array(
      z.object({
        ID: z.string(),
        name: z.string().default(''),
        clientURLs: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
/** 3.4 says `error`, `message` and `code`; 3.5 the last two. */
export const failureReply = z.object({ message: z.string() });

export const encodeText = (plain: string): string => Buffer.from(plain, 'utf8').toString('base64');
