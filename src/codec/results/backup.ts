import { z } from 'zod';
import { generationSchema, positionSchema } from '../common.ts';

/** Results of `backup` and `backups …`, as printed. An `id` names one snapshot: `<log>:<generation>-<recovery>:<version>`. */
const snapshot = {
  id: z.string(),
  logId: z.string(),
  generation: generationSchema,
  version: z.number(),
};

/** What a backup of a log's entries came to. */
export const logDataBackupSchema = z.object({
  logId: z.string(),
  /** `partly`: no server gives what is `missing`. `refused`: nothing of this log was written, and `problem` says why. */
  outcome: z.enum(['done', 'partly', 'refused']),
  /** Held without a hole from here, up to `upTo`. */
  from: positionSchema,
  upTo: positionSchema.nullable(),
  /** Up to where entries were known to be determined: the end of what a backup may hold. */
  determined: positionSchema.nullable(),
  segments: z.number(),
  /** Segments of which a manifest says that they are whole. */
  whole: z.number(),
  /** By this run. */
  sentObjects: z.number(),
  sentBytes: z.number(),
  missing: z.array(z.object({ from: positionSchema, to: positionSchema })),
  problem: z.object({ code: z.string(), message: z.string() }).exactOptional(),
});

export const backupResultSchema = z.object({
  ok: z.boolean(),
  repository: z.string(),
  repositoryId: z.string(),
  logs: z.array(
    z.object({
      logId: z.string(),
      /** `refused`: nothing was written for this log, and `problem` says why. */
      outcome: z.enum(['written', 'there', 'refused']),
      version: z.number(),
      /** Lower versions that were missing and are there now. */
      added: z.array(z.number()),
      /** Lower versions that nobody has any more. */
      gaps: z.array(z.number()),
      problem: z.object({ code: z.string(), message: z.string() }).exactOptional(),
    }),
  ),
  config: z.enum(['saved', 'there', 'none']),
  /** With `--data`. */
  data: z.array(logDataBackupSchema).exactOptional(),
});

export const backupsListResultSchema = z.object({
  repository: z.string(),
  snapshots: z.array(
    z.object({
      ...snapshot,
      state: z.enum(['sound', 'damaged']),
      takenAt: z.number().exactOptional(),
      writtenBy: z.string().exactOptional(),
      segments: z.number().exactOptional(),
      trimPoint: positionSchema.exactOptional(),
      sizeBytes: z.number().exactOptional(),
      problem: z.string().exactOptional(),
    }),
  ),
  /** Generations that a recovery closed. */
  fences: z.array(z.object({ ...snapshot, recovery: generationSchema })),
  /** When the cluster's configuration was saved last. */
  configSavedAt: z.number().nullable(),
});

/** `document` is the stored object itself: see the format of snapshots. */
export const backupsShowResultSchema = z.object({
  ...snapshot,
  repository: z.string(),
  document: z.record(z.string(), z.unknown()),
});

export const chainChangeSchema = z.object({
  change: z.enum([
    'generation',
    'trimPoint',
    'segmentAdded',
    'segmentRemoved',
    'segmentEnded',
    'segmentChanged',
    'storeRetired',
    'storeReturned',
    'rules',
    'snapshots',
    'frozen',
  ]),
  /** Index of the segment. */
  index: z.number().exactOptional(),
  message: z.string(),
});

export const backupsDiffResultSchema = z.object({
  repository: z.string(),
  from: z.string(),
  to: z.string(),
  changes: z.array(chainChangeSchema),
});

export const historyProblemSchema = z.object({
  kind: z.enum([
    'damaged',
    'linkBroken',
    'hole',
    'pastFence',
    'openingMissing',
    'rewritten',
    'lost',
    'backwards',
    'differs',
    'data',
  ]),
  id: z.string(),
  message: z.string(),
});

/** What `backups verify --data` read of the entries of a log. */
export const dataVerdictSchema = z.object({
  manifests: z.number(),
  objects: z.number(),
  bytes: z.number(),
});

export const backupsVerifyResultSchema = z.object({
  ok: z.boolean(),
  repository: z.string(),
  logs: z.array(
    z.object({
      logId: z.string(),
      snapshots: z.number(),
      /** Versions that nobody had any more when they were to be written. */
      gaps: z.number(),
      newest: z.string().nullable(),
      /** How the newest snapshot stands to the register; `unknown` when the MetaStore does not answer. */
      register: z.enum(['same', 'behind', 'lost', 'backwards', 'differs', 'unknown']),
      problems: z.array(historyProblemSchema),
      /** With `--data`. */
      data: dataVerdictSchema.exactOptional(),
    }),
  ),
});

export const backupsPruneResultSchema = z.object({
  applied: z.boolean(),
  repository: z.string(),
  logs: z.array(
    z.object({
      logId: z.string(),
      kept: z.number(),
      /** Oldest first: a prune that was cut short leaves no hole. */
      deleted: z.array(z.string()),
      /** Why nothing of this log is deleted. */
      skipped: z.string().exactOptional(),
      /** With `--data`: objects and manifests that no kept chain needs. */
      data: z.array(z.string()).exactOptional(),
    }),
  ),
});

export type LogDataBackup = z.output<typeof logDataBackupSchema>;
export type BackupResult = z.output<typeof backupResultSchema>;
export type BackupsListResult = z.output<typeof backupsListResultSchema>;
export type BackupsShowResult = z.output<typeof backupsShowResultSchema>;
export type BackupsDiffResult = z.output<typeof backupsDiffResultSchema>;
export type BackupsVerifyResult = z.output<typeof backupsVerifyResultSchema>;
export type BackupsPruneResult = z.output<typeof backupsPruneResultSchema>;
export type ChainChange = z.output<typeof chainChangeSchema>;
export type HistoryProblem = z.output<typeof historyProblemSchema>;
