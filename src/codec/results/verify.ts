import { z } from 'zod';
import { type Frozen, logIdSchema, logletIdSchema, positionSchema, serverIdSchema } from '../common.ts';

const problemSchema = z.object({
  /** `loss`: entries are gone, or two different ones stand at one position. `risk`: nothing is lost yet. */
  weighs: z.enum(['loss', 'risk', 'note']),
  kind: z.enum([
    'lost',
    'unreachable',
    'different',
    'damaged',
    'unreadable copy',
    'not closed',
    'descriptor',
    'backup',
    'finding',
  ]),
  message: z.string(),
  /** Of the finding, where it is one of `assess`. */
  code: z.string().exactOptional(),
  logId: logIdSchema.exactOptional(),
  logletId: logletIdSchema.exactOptional(),
  servers: z.array(serverIdSchema).exactOptional(),
  positions: z.array(z.object({ from: positionSchema, to: positionSchema })).exactOptional(),
  next: z.string().nullable(),
});

/** What `verify` found by reading everything back. */
export const verificationSchema = z.object({
  ok: z.boolean(),
  verdict: z.enum(['ok', 'risk', 'loss', 'unreachable']),
  cluster: z.object({ id: z.string(), name: z.string() }),
  checked: z.object({
    logs: z.number(),
    segments: z.number(),
    /** Copies of segments that were read from end to end. */
    copies: z.number(),
    /** Positions held against every copy. */
    positions: z.number(),
    /** Entries read, from all copies. */
    entries: z.number(),
    bytes: z.number(),
    descriptors: z.number(),
    snapshots: z.number(),
  }),
  problems: z.array(problemSchema),
  /** Logs that a recovery had frozen, and whose trim and collection are allowed again. */
  released: z.array(logIdSchema),
});

export type Verification = Frozen<z.infer<typeof verificationSchema>>;
export type VerifyProblem = Verification['problems'][number];
