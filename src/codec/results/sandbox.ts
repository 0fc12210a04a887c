import { z } from 'zod';
import { positionSchema } from '../common.ts';

const memberState = z.enum(['running', 'paused', 'stopped']);
const member = z.object({
  id: z.string(),
  url: z.string(),
  state: memberState,
  pid: z.number().nullable(),
  dataDir: z.string(),
});

/** `sandbox up` and `sandbox status`. */
export const sandboxStatusSchema = z.object({
  dir: z.string(),
  config: z.string(),
  clusterId: z.string(),
  logServers: z.array(member),
  metaStore: z.object({
    kind: z.string(),
    endpoints: z.array(z.string()),
    pids: z.array(z.number()),
    dataDirs: z.array(z.string()),
    members: z.array(member),
  }),
  repository: z.string().nullable(),
  logs: z.array(z.string()),
  /** Of a Restate cluster. */
  restate: z
    .object({ ingress: z.array(z.string()), admin: z.array(z.string()), counters: member })
    .optional(),
});

/** `sandbox kill`, `pause`, `resume`, `wipe`, `start`, `down`. */
export const sandboxVerbSchema = z.object({
  dir: z.string(),
  members: z.array(z.object({ id: z.string(), was: memberState, state: memberState })),
});

export const sandboxLoseMetaStoreSchema = z.object({
  dir: z.string(),
  lost: z.array(z.string()),
  kept: z.array(z.string()),
  startedEmpty: z.array(z.string()),
});

export const sandboxLoadSchema = z.object({
  dir: z.string(),
  logId: z.string(),
  /** Entries given to the log: the sum of the next three. */
  entries: z.number(),
  acknowledged: z.number(),
  /** Certainly not in the log. */
  failed: z.number(),
  /** May or may not be in the log. */
  unknown: z.number(),
  reconfigurations: z.number(),
  first: positionSchema.nullable(),
  last: positionSchema.nullable(),
  ackedFile: z.string(),
  elapsedMs: z.number(),
});

/** `sandbox copy-metastore` */
export const sandboxCopyMetaStoreSchema = z.object({
  dir: z.string(),
  copy: z.string(),
  /** Where it is served, and a configuration whose control plane it is. */
  url: z.string().exactOptional(),
  config: z.string().exactOptional(),
});

/** `sandbox corrupt` */
export const sandboxCorruptSchema = z.object({
  dir: z.string(),
  server: z.string(),
  logId: z.string(),
  positions: z.array(positionSchema),
});

/** `sandbox strand` */
export const sandboxStrandSchema = z.object({
  dir: z.string(),
  logId: z.string(),
  sealed: z.string(),
  orphan: z.string().nullable(),
});
