import { z } from 'zod';
import {
  clusterIdSchema,
  digestSchema,
  generationSchema,
  incarnationSchema,
  logIdSchema,
  logletIdSchema,
  positionSchema,
  storeIdSchema,
  versionSchema,
} from './common.ts';
import {
  closeRecordSchema,
  descriptorSchema,
  logletStateSchema,
  logTrimSchema,
  serverStatusSchema,
} from './descriptor.ts';

/** What each role may call. `operate` may call everything. */
export type Role = 'read' | 'append' | 'operate';

export const refusalSchema = z.discriminatedUnion('code', [
  z.strictObject({ code: z.literal('noGeneration'), storeId: storeIdSchema }),
  z.strictObject({ code: z.literal('staleGeneration'), held: generationSchema }),
  z.strictObject({ code: z.literal('retired') }),
  z.strictObject({ code: z.literal('alreadyAdmitted'), held: generationSchema }),
  z.strictObject({ code: z.literal('pledgedSince'), pledged: z.number().int().min(0) }),
  z.strictObject({ code: z.literal('wrongCluster'), held: clusterIdSchema }),
  z.strictObject({ code: z.literal('wrongStore'), held: storeIdSchema }),
  z.strictObject({ code: z.literal('notProvisioned'), logletId: logletIdSchema }),
  z.strictObject({ code: z.literal('notActivated'), logletId: logletIdSchema }),
  z.strictObject({ code: z.literal('descriptorDiffers'), heldDigest: digestSchema }),
  z.strictObject({ code: z.literal('closeDiffers'), held: closeRecordSchema }),
  z.strictObject({ code: z.literal('sealed'), localTail: positionSchema }),
  z.strictObject({ code: z.literal('notSealed'), localTail: positionSchema }),
  z.strictObject({ code: z.literal('gap'), localTail: positionSchema }),
  z.strictObject({ code: z.literal('conflict'), position: positionSchema }),
  z.strictObject({ code: z.literal('notServed'), knownCommitted: positionSchema }),
  z.strictObject({ code: z.literal('trimmed'), firstHeld: positionSchema }),
  z.strictObject({ code: z.literal('corrupt'), position: positionSchema }),
  z.strictObject({ code: z.literal('sequencerGone'), incarnation: incarnationSchema }),
  z.strictObject({ code: z.literal('full'), detail: z.string() }),
]);

/** The body of an HTTP 409: certainly not done, and what is true instead. */
export const refusedSchema = z.strictObject({ refusal: refusalSchema });

/** The body of every other failure. */
export const errorBodySchema = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
});

export const inventoryItemSchema = z.discriminatedUnion('item', [
  z.strictObject({ item: z.literal('server'), status: serverStatusSchema }),
  z.strictObject({ item: z.literal('log'), trim: logTrimSchema }),
  z.strictObject({ item: z.literal('loglet'), state: logletStateSchema }),
  z.strictObject({ item: z.literal('checking'), logletId: logletIdSchema, upTo: positionSchema }),
  z.strictObject({ item: z.literal('damaged'), logletId: logletIdSchema, detail: z.string() }),
  z.strictObject({ item: z.literal('end'), loglets: z.number().int().min(0) }),
]);

export const sealedLogletSchema = z.strictObject({
  logletId: logletIdSchema,
  answer: z.discriminatedUnion('ok', [
    z.strictObject({ ok: z.literal(true), value: logletStateSchema }),
    z.strictObject({ ok: z.literal(false), refusal: refusalSchema }),
  ]),
});

export const appendOutcomeSchema = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('acknowledged'), from: positionSchema }),
  z.strictObject({ outcome: z.literal('rejected'), refusal: refusalSchema }),
  z.strictObject({ outcome: z.literal('unknown'), from: positionSchema, reason: z.string() }),
]);

/** How many loglets one `seal` or `states` names at most: their descriptors come back. */
export const LOGLETS_PER_CALL = 1_000;

const logletIds = z.array(logletIdSchema).max(LOGLETS_PER_CALL);
const generation = generationSchema;
const logletId = logletIdSchema;
const sealedLoglets = z.strictObject({ loglets: z.array(sealedLogletSchema) });

/** Calls that are JSON both ways: `POST /v1/<name>`. */
export const JSON_CALLS = {
  adopt: {
    role: 'operate',
    summary: 'Take a generation that is greater than the one held.',
    body: z.strictObject({ generation }),
    reply: serverStatusSchema,
  },
  admit: {
    role: 'operate',
    summary: 'Give a newly formatted store its first generation.',
    body: z.strictObject({ generation, storeId: storeIdSchema }),
    reply: serverStatusSchema,
  },
  pledge: {
    role: 'operate',
    summary: 'Promise to stay: who looked at the store before, in order to retire it, is refused.',
    body: z.strictObject({ generation }),
    reply: serverStatusSchema,
  },
  retire: {
    role: 'operate',
    summary:
      'Take the store out of service for good, unless somebody has come to rely on it since it was looked at.',
    body: z.strictObject({
      generation,
      storeId: storeIdSchema,
      pledged: z.number().int().min(0).exactOptional(),
    }),
    reply: serverStatusSchema,
  },
  provision: {
    role: 'operate',
    summary: 'Write a loglet’s descriptor.',
    body: z.strictObject({ generation, descriptor: descriptorSchema }),
    reply: logletStateSchema,
  },
  activate: {
    role: 'operate',
    summary: 'Let the loglet take entries here.',
    body: z.strictObject({ generation, logletId, chainVersion: versionSchema }),
    reply: logletStateSchema,
  },
  seal: {
    role: 'operate',
    summary: 'End appends to these loglets here, for good.',
    body: z.strictObject({ generation, logletIds }),
    reply: sealedLoglets,
  },
  close: {
    role: 'operate',
    summary: 'Record a loglet’s final end.',
    body: z.strictObject({ generation, logletId, close: closeRecordSchema }),
    reply: logletStateSchema,
  },
  trim: {
    role: 'operate',
    summary: 'Record a log’s trim point and drop the data below it.',
    body: z.strictObject({ generation, logId: logIdSchema, trimPoint: positionSchema }),
    reply: logTrimSchema,
  },
  drop: {
    role: 'operate',
    summary: 'Delete a loglet here.',
    body: z.strictObject({ generation, logletId }),
    reply: z.null(),
  },
  states: {
    role: 'read',
    summary: 'The states of some loglets.',
    body: z.strictObject({ logletIds }),
    reply: sealedLoglets,
  },
} as const satisfies Record<string, { role: Role; summary: string; body: z.ZodType; reply: z.ZodType }>;

export type JsonCall = keyof typeof JSON_CALLS;
export type JsonBody<Call extends JsonCall> = z.infer<(typeof JSON_CALLS)[Call]['body']>;
export type JsonReply<Call extends JsonCall> = z.infer<(typeof JSON_CALLS)[Call]['reply']>;

/** Parameters of the calls that carry entries; everything in a query is text. */
export const logletParamsSchema = z.strictObject({ logletId: logletIdSchema });
export const generationQuerySchema = z.strictObject({
  generation: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  recoveryId: generationSchema.shape.recoveryId,
});
export const readQuerySchema = z.strictObject({
  from: positionSchema,
  to: positionSchema,
  maxBytes: z.coerce.number().int().min(1).exactOptional(),
  uncommitted: z.enum(['true', 'false']).exactOptional(),
});
const ofLog = { logId: logIdSchema.exactOptional() };
export const quarantineQuerySchema = z.strictObject(ofLog);
export const inventoryQuerySchema = z.strictObject({
  ...ofLog,
  checkMs: z.coerce.number().int().min(1).max(86_400_000).exactOptional(),
});

export const localTailSchema = z.strictObject({ localTail: positionSchema });
export const tailSchema = z.strictObject({ tail: positionSchema });

/** One loglet's entries at or above its final end: kept, listed, never served. */
export const quarantineItemSchema = z.strictObject({
  logletId: logletIdSchema,
  from: positionSchema,
  to: positionSchema,
});
export type QuarantineItem = z.infer<typeof quarantineItemSchema>;
