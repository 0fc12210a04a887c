import type { Durability, Location } from '../core/durability.ts';
import type { ClusterId, ServerId } from '../core/ids.ts';
import type { Tolerance } from '../core/placement/tolerance.ts';

/** A cluster as the rest of the program sees it: complete, checked, paths absolute. Holds no secret. */
export interface Config {
  /** Where it was read from. */
  readonly file: string;
  readonly cluster: { readonly name: string; readonly id: ClusterId };
  readonly metaStore: MetaStoreConfig;
  readonly logServers: readonly LogServerConfig[];
  readonly repository?: RepositoryConfig;
  readonly durability: Durability;
  readonly nodesetSize: number;
  /** The smallest nodeset, and the fewest zones, that a successor may have. */
  readonly minNodesetSize: number;
  readonly minZones: number;
  /** Losses that no policy of this cluster may lose acknowledged entries with. */
  readonly tolerate?: Tolerance;
  readonly timeouts: { readonly requestMs: number; readonly appendMs: number; readonly suspectMs: number };
  /** Journals, plans, locks and cached chains of this machine. */
  readonly stateDir: string;
  /** Where this client keeps the chains that it read last; in the state directory unless it is said. */
  readonly chainCacheDir?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  /** The user's own playbooks. */
  readonly playbooksDir?: string;
}

export type MetaStoreConfig =
  | { readonly kind: 'file'; readonly dir: string }
  /** The same behind its HTTP server. */
  | { readonly kind: 'file-http'; readonly url: string }
  | EtcdConfig;

export interface EtcdConfig {
  readonly kind: 'etcd';
  readonly endpoints: readonly string[];
  /** All keys begin with it. Begins with a slash and ends without one. */
  readonly prefix: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly maxRequestBytes?: number;
  /** The members, where the configuration names them: for recovering a lost majority. */
  readonly members?: readonly EtcdMemberConfig[];
  /** Present where this machine runs all members and this tool may start and stop them: what is known of processes. */
  readonly localRunDir?: string;
}

export interface EtcdMemberConfig {
  readonly name: string;
  readonly clientUrl: string;
  readonly peerUrl: string;
  readonly dataDir?: string;
  readonly location?: Location;
  readonly tls?: EtcdMemberTls;
}

/** Files of one member: paths of the machine that it runs on. */
export interface EtcdMemberTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Present: it takes nobody without a certificate of this authority. */
  readonly caFile?: string;
  readonly peerCertFile: string;
  readonly peerKeyFile: string;
  readonly peerCaFile?: string;
}

export interface LogServerConfig {
  readonly id: ServerId;
  readonly url: string;
  readonly location: Location;
}

export interface RepositoryConfig {
  readonly url: string;
  /** Whether a chain version must be in the repository before its loglet takes appends. */
  readonly mode: 'required' | 'best-effort' | 'off';
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  /** What S3 is asked to encrypt with; the bucket's own rule otherwise. */
  readonly encryption?: { readonly algorithm: 'AES256' | 'aws:kms'; readonly kmsKeyId?: string };
  /** How long nobody may delete what was written. Needs a bucket with Object Lock. */
  readonly retention?: { readonly mode: 'governance' | 'compliance'; readonly days: number };
}

/** A cluster of another engine. Holds no secret. */
export interface ForeignConfig {
  readonly file: string;
  readonly driver: 'restate';
  /** The fingerprint is the engine's identity of a cluster; absent where it was never reachable. */
  readonly cluster: { readonly name: string; readonly fingerprint?: bigint };
  /** Of any nodes: the others are found through them. */
  readonly addresses: readonly string[];
  /** `builtin`: the engine's own, in its nodes. */
  readonly metaStore: { readonly kind: 'builtin' } | Omit<EtcdConfig, 'prefix'>;
  /** The nodes as processes: for procedures that stop them or read their data directories. */
  readonly nodes: readonly ForeignNodeConfig[];
  /** Present where this machine runs all nodes and this tool may start and stop them. */
  readonly localRunDir?: string;
  readonly repository?: RepositoryConfig;
  readonly timeouts: { readonly requestMs: number };
  readonly stateDir: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  readonly playbooksDir?: string;
}

export interface ForeignNodeConfig {
  readonly name: string;
  readonly address: string;
  readonly dataDir?: string;
  /** What the engine's own program is started with. */
  readonly configFile?: string;
}

/** Whatever a file may describe. */
export type AnyConfig = Config | ForeignConfig;

export function isForeign(config: AnyConfig): config is ForeignConfig {
  return 'driver' in config;
}

/** One thing wrong with a configuration. */
export interface ConfigProblem {
  /** Dotted: `logServers[1].url`. */
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}
