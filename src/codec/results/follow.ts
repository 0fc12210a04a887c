import { z } from 'zod';
import { type Frozen, generationSchema } from '../common.ts';

/** What `backup --follow` says, one document per line. */
const logId = z.string();

/** Permanent: alert rules name them. */
export const ALARM_KINDS = [
  /** The register is empty, and the repository knows a chain. */
  'lost',
  /** The register is older than the repository. */
  'backwards',
  /** The register holds another chain than the repository, or one that does not continue it. */
  'diverged',
  /** A recovery closed the generation that the register still has. */
  'fenced',
  /** A version that nobody has any more, or whose place was given up. */
  'gap',
  /** The repository does not take the snapshots. */
  'repositoryFailing',
  /** It does not guarantee what recovery rests on. */
  'repositoryUnsafe',
  /** A document that is written once was written twice. */
  'twoWriters',
  'metaStoreFailing',
  'metaStoreDegraded',
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

const alarm = { kind: z.enum(ALARM_KINDS), logId: logId.nullable(), message: z.string() };

export const followEventSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('started'),
    repository: z.string(),
    repositoryId: z.string(),
    guarantees: z.object({
      createIfAbsent: z.boolean(),
      readAfterWrite: z.boolean(),
      listAfterWrite: z.boolean(),
    }),
    /** What is not guaranteed, in whole sentences. */
    problems: z.array(z.string()),
    /** Where to scrape; `null` without `--metrics-port`. */
    metrics: z.string().nullable(),
  }),
  z.object({ event: z.literal('following'), logId, from: z.number().nullable() }),
  z.object({
    event: z.literal('snapshot'),
    logId,
    generation: generationSchema,
    version: z.number(),
    /** `there`: somebody else had written it. */
    outcome: z.enum(['written', 'there']),
    /** Lower versions that were missing and are there now. */
    added: z.array(z.number()),
    /** Those of them that the MetaStore had forgotten, made again from what the LogServers hold. */
    reconstructed: z.array(z.number()),
    /** Lower versions that nobody has any more. */
    gaps: z.array(z.number()),
  }),
  z.object({ event: z.literal('alarm'), ...alarm }),
  z.object({ event: z.literal('cleared'), ...alarm }),
  z.object({
    event: z.literal('ended'),
    ok: z.boolean(),
    logs: z.number(),
    snapshots: z.number(),
    gaps: z.number(),
    failures: z.number(),
    alarms: z.array(z.object(alarm)),
  }),
]);

export type FollowEvent = Frozen<z.output<typeof followEventSchema>>;
export type Alarm = Extract<FollowEvent, { event: 'ended' }>['alarms'][number];
