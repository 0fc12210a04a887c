import { z } from 'zod';
import { type Frozen, positionSchema } from '../common.ts';
import { metaStoreMembersSchema } from './assess.ts';

/** `assess` of a cluster of another engine: the members of a native one, as far as there is such a thing. */
export const foreignAssessmentSchema = z.object({
  cluster: z.object({ id: z.string(), name: z.string(), engine: z.literal('restate') }),
  takenAt: z.number(),
  metaStore: z.object({
    kind: z.string(),
    /** `lost` also when it answers and has lost its registers. */
    health: z.enum(['ok', 'degraded', 'lost']),
    members: metaStoreMembersSchema,
    /** Versions, by the engine's own names; empty when nothing can be read. */
    registers: z.record(z.string(), z.number()),
  }),
  logServers: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      address: z.string(),
      /** `waiting`: it answers, and has not joined a cluster. `foreign`: it has joined another one. */
      state: z.enum(['ok', 'unreachable', 'waiting', 'foreign']),
      storage: z.string().nullable(),
      /** Versions of the registers that it remembers: what a store could be rebuilt from. */
      remembers: z.record(z.string(), z.number()),
      detail: z.string().exactOptional(),
    }),
  ),
  logs: z.array(
    z.object({
      logId: z.string(),
      version: z.number(),
      chainFrom: z.enum(['store', 'evidence']),
      verdict: z.enum(['proven', 'unproven', 'contradiction']),
      segments: z.number(),
      lastLoglet: z.string(),
      nodeset: z.array(z.string()),
      replication: z.string(),
      responders: z.array(z.string()),
      sealable: z.enum(['yes', 'with risk', 'no']),
      /** 0: not sealable now. `null`: no loss can make it so. */
      lossesUntilUnsealable: z.number().nullable(),
      writable: z.boolean(),
      /** LSNs at the end that were stored and perhaps never acknowledged; `to` is absent when nobody can tell. */
      atRisk: z.object({ from: positionSchema, to: positionSchema.exactOptional() }).nullable(),
    }),
  ),
  partitions: z.array(
    z.object({
      id: z.number(),
      leader: z.string().nullable(),
      replicas: z.array(z.string()),
      broken: z.array(z.string()),
      /** Highest LSN that a snapshot repository has; `null`: none. */
      archivedLsn: z.string().nullable(),
    }),
  ),
  snapshotRepository: z.enum(['configured', 'none', 'unknown']),
  backup: z.object({
    last: z.number().nullable(),
    ageSeconds: z.number().nullable(),
    /** Registers whose version in the store is not in the newest backup. */
    behind: z.array(z.string()),
  }),
  findings: z.array(
    z.object({
      severity: z.enum(['critical', 'warning', 'info']),
      code: z.string(),
      message: z.string(),
      playbook: z.string().nullable(),
      next: z.string().nullable(),
      logId: z.string().exactOptional(),
      /** Nodes, by their names. */
      servers: z.array(z.string()).exactOptional(),
    }),
  ),
  verdict: z.enum(['ok', 'attention', 'unreachable']),
});
export type ForeignAssessment = Frozen<z.infer<typeof foreignAssessmentSchema>>;
export type ForeignFinding = ForeignAssessment['findings'][number];
