import { stringify } from 'yaml';

/** Text of a configuration of a Restate cluster. Says what it leaves open, so that a reader finds it. */
export function draftRestateConfig(draft: {
  readonly name: string;
  readonly fingerprint?: bigint;
  readonly addresses: readonly string[];
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  /** Empty where the metadata is in the nodes. */
  readonly etcd: readonly string[];
  readonly repository?: string;
}): string {
  const { name, fingerprint, addresses, nodes, etcd, repository } = draft;
  const body = {
    driver: 'restate',
    cluster: { name, ...(fingerprint === undefined ? {} : { fingerprint: fingerprint.toString() }) },
    addresses,
    metaStore: etcd.length === 0 ? { kind: 'builtin' } : { kind: 'etcd', endpoints: etcd },
    ...(nodes.length === 0 ? {} : { nodes }),
    ...(repository === undefined ? {} : { repository: { url: repository } }),
  };
  const hint =
    repository === undefined
      ? '# repository: {url: s3://bucket/prefix}   # without it, deployments cannot be recovered\n'
      : '';
  return `${stringify(body)}${hint}# nodes: [{name: n1, address: http://host:5122, dataDir: /var/lib/restate/n1}]   # dataDir: what to type on each host is then said
# timeouts: {requestMs: 5000}
# caFile: ca.pem            # with https addresses; certFile and keyFile where nodes want to see one
`;
}
