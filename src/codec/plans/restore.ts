import { z } from 'zod';
import {
  digestSchema,
  type Frozen,
  generationSchema,
  logIdSchema,
  logletIdSchema,
  positionSchema,
  serverIdSchema,
  versionSchema,
} from '../common.ts';
import { spanSchema } from '../dataManifest.ts';
import { planHead } from './head.ts';

const restoredSegmentSchema = z.strictObject({
  index: z.number().int().min(0),
  logletId: logletIdSchema,
  start: positionSchema,
  /** Where it ends; of the last loglet, where it will be ended. */
  end: positionSchema,
  /** `last`: it takes the appends of the log, and is ended first. */
  place: z.enum(['ended', 'last']),
  /** Positions that no server that answers gives. */
  missing: z.array(spanSchema),
  /** What the repository holds of the segment, every byte read and checked. */
  held: z.array(spanSchema),
  /** Of what is missing, what the repository does not hold either. */
  left: z.array(spanSchema),
  objects: z.number().int().min(0),
  bytes: z.number().int().min(0),
  /** Digest of the names of the objects that were read: others that an apply finds there are read before they are named. */
  objectsRead: digestSchema,
  /** Keys of objects that were not used: they fail their digest, or are gone. */
  damaged: z.array(z.string()),
  /** Members of its nodeset that do not answer: should one return, it may hold what is left. */
  silent: z.array(serverIdSchema),
});

/** `restore LOG`: segments that no server gives are read from the repository from now on. */
export const restorePlanSchema = z.strictObject({
  ...planHead,
  kind: z.literal('restore'),
  logId: logIdSchema,
  /** The chain that this was planned on. */
  version: versionSchema,
  generation: generationSchema,
  repository: z.strictObject({ url: z.string(), repositoryId: z.string() }),
  /** `whole`: nothing that was missing stays so. `partial`: what is `left` does. */
  verdict: z.enum(['whole', 'partial', 'nothing held']),
  segments: z.array(restoredSegmentSchema),
});

export type RestorePlan = Frozen<z.infer<typeof restorePlanSchema>>;
export type RestoredSegment = RestorePlan['segments'][number];

/** Results of steps, as a journal keeps them. */
export const manifestStepSchema = z.object({ digest: digestSchema });
export const restoredStepSchema = z.object({ version: versionSchema });
export const goOnStepSchema = z.object({ logletId: logletIdSchema, start: positionSchema });
