import { stringify } from 'yaml';

export interface DraftServer {
  readonly id: string;
  readonly url: string;
  readonly location: string;
}

/** Text of a new configuration. Says what it leaves to the defaults, so that a reader finds it. */
export function draftConfig(draft: {
  readonly cluster: { readonly name: string; readonly id: string };
  /** An address, or a directory. */
  readonly metaStore: string;
  readonly logServers: readonly DraftServer[];
  readonly repository?: string;
}): string {
  const metaStore = /^https?:/.test(draft.metaStore)
    ? { kind: 'file', endpoints: [draft.metaStore] }
    : { kind: 'file', dir: draft.metaStore };
  const { cluster, logServers, repository } = draft;
  const body = {
    cluster,
    metaStore,
    logServers,
    ...(repository === undefined ? {} : { repository: { url: repository } }),
  };
  return `${stringify(body)}# durability: all            # majority, count:2, spread:zone=2,copies=3, any-of:a+b,a+c
# nodesetSize: 5            # servers of one loglet
# minNodesetSize: 3         # the fewest that a successor may have
# minZones: 0
# timeouts: {requestMs: 5000, appendMs: 15000, suspectMs: 3000}
# tokenFile: token.txt      # secrets are never written here
`;
}
