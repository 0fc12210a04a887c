import { z } from 'zod';
import type { Replication } from '../../core/restate/values.ts';
import { parseIncarnation, parseReplication } from './text.ts';
import { parseJson } from './value.ts';

/**
 * Shapes of Restate's registers, as decoded without knowing them: only what is needed, whatever else a version adds.
 * Maps with numbers for keys come as lists of pairs.
 */
const number = z
  .bigint()
  .refine((value) => value >= 0n && value < 1n << 53n)
  .transform(Number);
const record = z.looseObject({});
const pairs = <T extends z.ZodType>(value: T) => z.array(z.tuple([number, value]));

const replicationText = z.string().transform((text, context) => {
  const parsed = parseReplication(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('copies, like {node: 2}');
  return z.NEVER;
});
const replicationObject = z
  .strictObject({ node: number.optional(), zone: number.optional(), region: number.optional() })
  .transform((parts): Replication => Object.fromEntries(Object.entries(parts)));
const replication = z.union([
  replicationText,
  replicationObject,
  number.transform((node): Replication => ({ node })),
]);

const incarnationText = z.string().transform((text, context) => {
  const parsed = parseIncarnation(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('a node, like N1:2');
  return z.NEVER;
});
const incarnationPair = z.tuple([number, number]).transform(([id, generation]) => ({ id, generation }));

/** Strings, and a last word for states that a later version may add. */
const word = z.string();

const nodeSchema = z.looseObject({
  name: z.string(),
  current_generation: incarnationPair,
  address: z.string(),
  location: z.string().default(''),
  roles: z.array(z.string()),
  log_server_config: z.looseObject({ storage_state: word }).optional(),
  metadata_server_config: z.looseObject({ metadata_server_state: word }).optional(),
});

export const nodesSchema = z.looseObject({
  version: number,
  cluster_name: z.string(),
  cluster_fingerprint: z.bigint().nullish(),
  features: z.array(z.string()).nullish(),
  /** What was deleted stays as something else than a node. */
  nodes: pairs(z.union([z.looseObject({ Node: nodeSchema }), z.unknown()])),
});

export const segmentSchema = z.looseObject({ index: number, kind: z.string(), params: z.unknown() });

export const chainsSchema = z.looseObject({
  version: number,
  config: z.looseObject({ default_provider: z.unknown() }).optional(),
  logs: pairs(z.looseObject({ chain: z.array(z.tuple([z.bigint(), segmentSchema])) })),
});

/** JSON inside a string of a chain's segment. */
const jsonText = z.string().transform((text, context): unknown => {
  try {
    return parseJson(text);
  } catch {
    context.addIssue('JSON');
    return z.NEVER;
  }
});

export const logletParamsSchema = jsonText.pipe(
  z.looseObject({
    loglet_id: z.bigint(),
    sequencer: incarnationText,
    replication,
    nodeset: z.array(number),
  }),
);

/** Of the mark that a log ends here. */
export const sealParamsSchema = jsonText.pipe(z.looseObject({ permanent_seal: z.boolean().default(false) }));

export const defaultProviderSchema = z.looseObject({
  replicated: z.looseObject({ replication_property: replication }),
});

export const partitionTableSchema = z.looseObject({
  version: number,
  replication: z.union([z.looseObject({ limit: replication }), z.unknown()]).optional(),
  partitions: pairs(
    z.looseObject({
      log_id: number.nullish(),
      key_range: z.looseObject({ start: z.bigint(), end: z.bigint() }),
    }),
  ),
});

export const epochSchema = z.looseObject({
  version: number,
  epoch: z.bigint(),
  leader_metadata: z.looseObject({ node_id: incarnationPair, partition_id: number }).nullish(),
  current: z.looseObject({ version: number, replica_set: z.array(number), replication }),
});

export const anyRegisterSchema = z.intersection(record, z.looseObject({ version: number }));
