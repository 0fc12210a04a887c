import { z } from 'zod';
import { type Frozen, positionSchema } from '../common.ts';

export const drillListSchema = z.object({
  scenarios: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      about: z.string(),
      playbook: z.string(),
      metaStores: z.array(z.enum(['file', 'etcd', 'builtin'])),
      /** A program that it needs and that is not here. */
      missing: z.string().nullable(),
    }),
  ),
});

const phase = z.number().nullable();

/** When a recovery came how far, in milliseconds after the disaster; `null` where it never did, or had not to. */
export const drillPhasesSchema = z.object({
  /** `assess` showed it, and the playbook fitted. */
  detectedMs: phase,
  /** The first plan lay there to be read. */
  plannedMs: phase,
  /** The last command was done that brings the log back. */
  recoveredMs: phase,
  /** The first append was acknowledged after that: the RTO. */
  appendedMs: phase,
  /** The playbook was through: copies whole, everything read back. */
  completedMs: phase,
});

/** One run of a scenario. `null` where the drill did not come so far. */
export const drillResultSchema = z.object({
  scenario: z.string(),
  title: z.string(),
  playbook: z.string(),
  seed: z.number(),
  startedAt: z.number(),
  /** Of this program. */
  software: z.string(),
  metaStore: z.enum(['file', 'etcd', 'builtin']),
  /** What the recovery said of the data: `proven`, `unproven`, `contradiction`, or `not reached`. */
  verdict: z.string(),
  /** What it has to say of this disaster. */
  expected: z.string(),
  ended: z.enum(['done', 'stopped by decision']).nullable(),
  /** From the disaster to the first acknowledged append after the recovery. */
  rtoMs: z.number().nullable(),
  phases: drillPhasesSchema,
  /** The longest time in which a client that appended all along got no acknowledgement. */
  outageMs: z.number().nullable(),
  /** Acknowledged entries that do not read back. */
  rpoEntries: z.number().nullable(),
  /** How long before the disaster the oldest of them had been acknowledged; `null` where nobody can tell which they are. */
  rpoSeconds: z.number().nullable(),
  ackedEntries: z.number().nullable(),
  lostEntries: z.number().nullable(),
  /** Where they were. Records of earlier versions do not say. */
  lost: z.array(z.object({ from: positionSchema, to: positionSchema })).default([]),
  /** What the plans said might be lost before they were applied. */
  statedLoss: z.array(z.object({ from: positionSchema, to: positionSchema.exactOptional() })),
  /** Appends whose outcome their client never learnt; neither promised nor lost. */
  unknownEntries: z.number().nullable(),
  /** The run of the playbook. */
  runId: z.string().nullable(),
  steps: z.array(
    z.object({
      step: z.string(),
      ok: z.boolean(),
      startedAt: z.number(),
      elapsedMs: z.number(),
      detail: z.string(),
    }),
  ),
  /** Why it did not hold: whole sentences. */
  problems: z.array(z.string()),
  /** Nothing acknowledged is gone beyond what was said and accepted, and the verdict was right. */
  ok: z.boolean(),
  /** Kept for a look when `--keep` was given. */
  dir: z.string().nullable(),
});
export type DrillResult = z.output<typeof drillResultSchema>;

const spread = z.object({ least: z.number(), median: z.number(), most: z.number() }).nullable();

/** `drill run`: with `--repeat`, the first run that did not hold (else the last one), and all of them. */
export const drillRunSchema = drillResultSchema.extend({
  runs: z.array(drillResultSchema).exactOptional(),
  summary: z
    .object({ runs: z.number(), held: z.number(), rtoMs: spread, outageMs: spread, lostEntries: spread })
    .exactOptional(),
  /** Where the record of it was written. */
  records: z.array(z.string()).exactOptional(),
});
export type DrillRun = z.output<typeof drillRunSchema>;

/** `manifest.json` of a record: what must lie beside it, and the record before it. */
export const drillManifestSchema = z.strictObject({
  schemaVersion: z.literal(1),
  record: z.string(),
  /** SHA-256 of the manifest of the record written before this one in the same directory. */
  previous: z.string().nullable(),
  files: z.array(
    z.strictObject({ name: z.string(), bytes: z.number().int().min(0), sha256: z.string().length(64) }),
  ),
});
export type DrillManifest = Frozen<z.infer<typeof drillManifestSchema>>;

/** `drill verify-records` */
export const drillVerifyResultSchema = z.object({
  ok: z.boolean(),
  records: z.array(z.object({ record: z.string(), ok: z.boolean(), problems: z.array(z.string()) })),
});

/** `drill trend` */
export const drillTrendSchema = z.object({
  ok: z.boolean(),
  scenarios: z.array(
    z.object({
      scenario: z.string(),
      runs: z.number(),
      held: z.number(),
      rtoMs: spread,
      lostEntries: spread,
      history: z.array(
        z.object({
          record: z.string(),
          startedAt: z.number(),
          seed: z.number(),
          software: z.string(),
          verdict: z.string(),
          rtoMs: z.number().nullable(),
          lostEntries: z.number().nullable(),
          ok: z.boolean(),
        }),
      ),
    }),
  ),
  /** Records that are not what was written, and are left out. */
  rejected: z.array(z.object({ record: z.string(), problems: z.array(z.string()) })),
});
export type DrillTrend = Frozen<z.output<typeof drillTrendSchema>>;
