import { z } from 'zod';

const port = z.number().int().min(1).max(65_535);
const id = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

/** `sandbox.json`: what a sandbox is made of. Written once by `up`; processes come and go in files of their own. */
export const sandboxStateSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string(),
  clusterId: z.uuid(),
  logServers: z.array(z.strictObject({ id, port, location: z.string() })).min(1),
  metaStore: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('file'), members: z.array(z.strictObject({ id, port })).length(1) }),
    z.strictObject({
      kind: z.literal('etcd'),
      members: z.array(z.strictObject({ id, port, peerPort: port })).min(1),
    }),
    /** Restate only: in the nodes themselves, or in nodes of their own that hold nothing else. */
    z.strictObject({ kind: z.literal('builtin'), members: z.array(z.strictObject({ id, port })) }),
  ]),
  repository: z.string().exactOptional(),
  logs: z.array(z.string()),
  /** A Restate cluster: its LogServers are nodes with more ports, and a service of counters is deployed on it. */
  restate: z
    .strictObject({
      nodes: z.array(z.strictObject({ id, adminPort: port, ingressPort: port })).min(1),
      counters: z.strictObject({ id, port }),
    })
    .exactOptional(),
});
export type SandboxState = z.infer<typeof sandboxStateSchema>;

/** `run/<id>.json`: the process that was last started for a member. */
export const memberProcessSchema = z.strictObject({
  pid: z.number().int().min(1),
  startedAt: z.string(),
  host: z.string(),
});

/** One line of `acked.jsonl`: an append that was acknowledged to the load. */
export const ackedEntrySchema = z.object({
  position: z.string().regex(/^\d{1,19}$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Absent where there is only log 1. */
  log: z.string().exactOptional(),
  /** When it was acknowledged, in milliseconds. */
  at: z.number().exactOptional(),
});
export type AckedEntry = z.infer<typeof ackedEntrySchema>;

/** `counters.json`: what a Restate sandbox's load was told, by counter. */
export const countersSchema = z.record(
  z.string(),
  z.strictObject({
    /** Additions that were acknowledged. */
    acknowledged: z.number().int().min(0),
    /** Additions that may or may not have been done. */
    unknown: z.number().int().min(0),
  }),
);
export type Counters = z.infer<typeof countersSchema>;
