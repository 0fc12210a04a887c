import { z } from 'zod';

/**
 * The file as people write it: `vlog-dr.yaml`. Unknown keys are refused, so that a misspelt one is not silently
 * without effect, and so that no secret finds a place here.
 */
const url = z.string().refine((text) => URL.canParse(text), 'expected a URL');
const count = z.number().int().min(1).max(64);
const duration = z.number().int().min(1).max(3_600_000);
const path = z
  .string()
  .min(1)
  .refine((text) => !text.includes('\0'), 'expected a path');
const name = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, dot, dash and underscore');

export const timeoutsSchema = z.strictObject({
  /** One request to one server. */
  requestMs: duration.optional(),
  /** One append, across reconfigurations. */
  appendMs: duration.optional(),
  /** How long a server may be silent before the failure detector asks for a reconfiguration. */
  suspectMs: duration.optional(),
});

const fileMetaStoreSchema = z.strictObject({
  kind: z.literal('file'),
  /** The directory itself, or … */
  dir: path.optional(),
  /** … the address of the one server in front of it. */
  endpoints: z.array(url).length(1).optional(),
});

const etcdMetaStoreSchema = z.strictObject({
  kind: z.literal('etcd'),
  endpoints: z.array(url).min(1).max(64),
  /** All keys lie under it; `/vlog-dr/<cluster id>` unless another is given. */
  prefix: z
    .string()
    .max(512)
    .regex(/^(\/[^/\s]+)+$/, 'expected /name, /name/name …, without a slash at its end')
    .optional(),
  caFile: path.optional(),
  /** The certificate and key that this client shows. */
  certFile: path.optional(),
  keyFile: path.optional(),
  username: z.string().min(1).optional(),
  passwordFile: path.optional(),
  /** etcd's own `--max-request-bytes`, when it is not 1.5 MiB. */
  maxRequestBytes: z.number().int().min(65_536).max(1_073_741_824).optional(),
  /** For `force-new-cluster`: what the members are called, and where they and their data are, in the order of adding. */
  members: z
    .array(
      z.strictObject({
        name,
        clientUrl: url,
        peerUrl: url,
        dataDir: path.optional(),
        location: z.string().min(1).optional(),
        /** What it is started with where its addresses are https. With a CA it wants certificates of others. */
        tls: z
          .strictObject({
            certFile: path,
            keyFile: path,
            caFile: path.optional(),
            peerCertFile: path.optional(),
            peerKeyFile: path.optional(),
            peerCaFile: path.optional(),
          })
          .optional(),
      }),
    )
    .max(64)
    .optional(),
  /** All members run on this machine, and this tool may start and stop them: a directory of `<name>.json` files. */
  localRunDir: path.optional(),
});
export type EtcdConfigInput = z.infer<typeof etcdMetaStoreSchema>;

const repositorySchema = z.strictObject({
  url,
  mode: z.enum(['required', 'best-effort', 'off']).optional(),
  endpoint: url.optional(),
  region: z.string().min(1).optional(),
  pathStyle: z.boolean().optional(),
  encryption: z
    .strictObject({
      algorithm: z.enum(['AES256', 'aws:kms']),
      kmsKeyId: z.string().min(1).optional(),
    })
    .optional(),
  retention: z
    .strictObject({
      mode: z.enum(['governance', 'compliance']),
      days: z.number().int().min(1).max(36_500),
    })
    .optional(),
});

export const clusterConfigSchema = z.strictObject({
  driver: z.literal('native').optional(),
  cluster: z.strictObject({ name, id: z.uuid() }),
  metaStore: z.discriminatedUnion(
    'kind',
    [fileMetaStoreSchema, etcdMetaStoreSchema],
    'expected file or etcd',
  ),
  logServers: z
    .array(z.strictObject({ id: name, url, location: z.string().min(1) }))
    .min(1)
    .max(10_000),
  repository: repositorySchema.optional(),
  /** `all`, `majority`, `count:K`, `spread:zone=Z,copies=K`, `any-of:a+b,a+c`, `{zone: Z, node: K}`. */
  durability: z.string().optional(),
  nodesetSize: count.optional(),
  minNodesetSize: count.optional(),
  minZones: z.number().int().min(0).max(64).optional(),
  /** So many regions, zones and servers, lost at once, must cost no acknowledged entry: other policies are refused. */
  tolerate: z
    .strictObject({
      region: z.number().int().min(0).max(3).optional(),
      zone: z.number().int().min(0).max(3).optional(),
      server: z.number().int().min(0).max(64).optional(),
    })
    .optional(),
  timeouts: timeoutsSchema.optional(),
  stateDir: path.optional(),
  /** Where the chains that a client read last are kept: with them it appends while the MetaStore is down. */
  chainCacheDir: path.optional(),
  tokenFile: path.optional(),
  caFile: path.optional(),
  /** A directory of playbooks of your own. */
  playbooks: path.optional(),
});
export type ClusterConfigInput = z.infer<typeof clusterConfigSchema>;

/** A Restate cluster: nothing of its logs is configured here, all of that is asked of its nodes. */
export const restateConfigSchema = z.strictObject({
  driver: z.literal('restate'),
  cluster: z.strictObject({
    name,
    /** Restate's own identity of the cluster, as `init` found it: another one is refused. */
    fingerprint: z
      .string()
      .regex(/^[1-9][0-9]{0,19}$/, 'expected a whole number in quotes')
      .optional(),
  }),
  /** Fabric addresses (port 5122 by default) of any nodes. */
  addresses: z.array(url).min(1).max(64),
  /** Where `metadata-client` in Restate's own configuration points. */
  metaStore: z
    .discriminatedUnion(
      'kind',
      [z.strictObject({ kind: z.literal('builtin') }), etcdMetaStoreSchema.omit({ prefix: true })],
      'expected builtin or etcd',
    )
    .optional(),
  /** For procedures that stop nodes, or read the directories of dead ones. */
  nodes: z
    .array(z.strictObject({ name, address: url, dataDir: path.optional(), configFile: path.optional() }))
    .max(1_000)
    .optional(),
  /** All nodes run on this machine, and this tool may start and stop them: a directory of `<name>.json` files. */
  localRunDir: path.optional(),
  repository: repositorySchema.optional(),
  timeouts: z.strictObject({ requestMs: duration.optional() }).optional(),
  stateDir: path.optional(),
  /** For nodes that speak TLS: https addresses. */
  caFile: path.optional(),
  certFile: path.optional(),
  keyFile: path.optional(),
  /** A directory of playbooks of your own. */
  playbooks: path.optional(),
});
export type RestateConfigInput = z.infer<typeof restateConfigSchema>;

/** One file may describe several clusters, chosen by `--cluster`. */
export const namedClustersSchema = z.strictObject({
  default: name.optional(),
  clusters: z.record(name, z.unknown()),
});
