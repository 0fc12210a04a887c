import { stringify } from 'yaml';
import type { SandboxState } from '../codec/sandbox.ts';
import { zoneOf } from '../core/durability.ts';
import { urlOf } from './layout.ts';

/** What a sandbox's clients want of its loglets. */
export interface SandboxPolicy {
  readonly durability: string;
  readonly nodesetSize: number;
  readonly minNodesetSize: number;
  readonly minZones: number;
  /** Whether a chain version must be in the repository before its loglet takes appends. */
  readonly snapshots: 'required' | 'best-effort' | 'off';
  /** Passed on to an S3 repository. */
  readonly s3?: { readonly endpoint?: string; readonly region?: string; readonly pathStyle?: boolean };
}

/** A dead process on loopback refuses at once; only a paused one lets a request wait this long. */
const TIMEOUTS = { requestMs: 2_000, appendMs: 15_000, suspectMs: 1_500 } as const;

/** `DIR/vlog-dr.yaml`: so that `--config DIR/vlog-dr.yaml` works with every command. */
export function sandboxConfig(state: SandboxState, policy: SandboxPolicy): string {
  const { s3, snapshots, ...loglets } = policy;
  return stringify({
    cluster: { name: state.name, id: state.clusterId },
    metaStore: {
      kind: state.metaStore.kind,
      endpoints: state.metaStore.members.map((member) => urlOf(member.port)),
      ...localMembers(state),
    },
    logServers: state.logServers.map(({ id, port, location }) => ({ id, url: urlOf(port), location })),
    ...(state.repository === undefined
      ? {}
      : { repository: { url: state.repository, mode: snapshots, ...s3 } }),
    ...loglets,
    timeouts: TIMEOUTS,
    stateDir: 'state',
  });
}

/** So that `force-new-cluster` can do itself what it would ask of the operators of real hosts. */
function localMembers({ metaStore, logServers }: SandboxState) {
  if (metaStore.kind !== 'etcd') return {};
  const zones = [...new Set(logServers.map(({ location }) => zoneOf(location)))];
  return {
    members: metaStore.members.map(({ id, port, peerPort }, place) => ({
      name: id,
      clientUrl: urlOf(port),
      peerUrl: urlOf(peerPort),
      dataDir: `metastore/${id}`,
      location: zones[place % zones.length],
    })),
    localRunDir: 'run',
  };
}
