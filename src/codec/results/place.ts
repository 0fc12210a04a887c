import { z } from 'zod';
import { LEVELS } from '../../core/placement/losses.ts';
import { type Frozen, logIdSchema, logletIdSchema, positionSchema, serverIdSchema } from '../common.ts';

/** Domains of one level, named whole (`eu/a`), lost at once. */
export const lossSchema = z.object({ level: z.enum(LEVELS), names: z.array(z.string()) });
const losses = z.array(lossSchema);

/** Minimal: nothing less of that level is fatal. `complete` is false where there are more. */
const fatalSchema = z.object({ losses, complete: z.boolean() });

const outcomeSchema = z.object({
  /** No acknowledged entry is on lost servers alone, and those left can seal. */
  sealable: z.boolean(),
  /** Whether those left may be the nodeset of a successor. */
  canHost: z.boolean(),
  appends: z.enum(['go on', 'go on after a reconfiguration', 'stop']),
  /** Whether a rebuild would be proven, were the MetaStore lost too and no repository left. */
  rebuildProven: z.boolean(),
});

const placedLogletSchema = z.object({
  logletId: logletIdSchema.nullable(),
  durability: z.string(),
  nodeset: z.array(z.object({ serverId: serverIdSchema, location: z.string() })),
  sequencer: serverIdSchema.nullable(),
  /** After the loss that was asked about; `null` when none was. */
  outcome: outcomeSchema.nullable(),
  /** Losses that may take acknowledged entries, and leave the loglet unsealable. */
  fatalForData: fatalSchema,
  /** Losses after which nothing can be appended any more. */
  fatalForAppends: fatalSchema,
});

export const memberPlacementSchema = z.object({
  members: z.array(z.object({ name: z.string(), location: z.string().nullable(), exists: z.boolean() })),
  fatal: fatalSchema,
});

export const placeResultSchema = z.object({
  cluster: z.object({ id: z.string(), name: z.string() }),
  /** What is lost, as it was asked with `--lose`. */
  asked: losses,
  /** Of the configuration: so many of each, at once. */
  tolerate: z.object({ region: z.number(), zone: z.number(), server: z.number() }).nullable(),
  metaStore: z.object({
    kind: z.string(),
    ...memberPlacementSchema.shape,
    /** After the loss that was asked about; `unknown` where it is not known where a member stands. */
    quorum: z.enum(['kept', 'lost', 'unknown']).nullable(),
  }),
  /** A loglet as the configuration makes it today; `null` when it cannot make one. */
  newLoglet: placedLogletSchema.nullable(),
  logs: z.array(
    placedLogletSchema.extend({
      logId: logIdSchema,
      chainFrom: z.enum(['register', 'snapshot']),
      /** Earlier segments of which the loss that was asked about may take every copy that their policy vouches for. */
      segmentsAtRisk: z.array(
        z.object({ index: z.number(), logletId: logletIdSchema, start: positionSchema, end: positionSchema }),
      ),
    }),
  ),
  notSurvived: z.array(
    z.object({
      of: z.string(),
      what: z.enum(['data', 'appends', 'quorum']),
      losses,
      /** Else it is what was asked. */
      tolerated: z.boolean(),
    }),
  ),
  problems: z.array(z.string()),
  verdict: z.enum(['ok', 'attention']),
});

export type PlaceReport = Frozen<z.infer<typeof placeResultSchema>>;
export type PlacedLogletReport = NonNullable<PlaceReport['newLoglet']>;
export type MemberPlacement = Frozen<z.infer<typeof memberPlacementSchema>>;
