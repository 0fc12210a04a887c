import type { MemberPlace } from '../../ports/MetaStoreAdmin.ts';

/** A run's own directory, and where a member's old data is put. */
export interface HandsRun {
  readonly runId: string;
  readonly dir: string;
}

/** Who does what on the hosts: this tool, where all members are processes of this machine; else people. */
export interface Hands {
  readonly whose: 'tool' | 'operator';
  /** How long the effect is waited for. */
  readonly patienceMs: number;
  /** Whether it is seen here that the member's process has ended. People's hosts are not seen. */
  hasEnded(member: MemberPlace): Promise<boolean>;
  /** Nothing of an older cluster runs on the member's addresses, and its data is out of the way. Answers where. */
  clear(member: MemberPlace, run: HandsRun): Promise<string | undefined>;
  /** The saved cluster, restored into the member's data directory. */
  startFirst(
    member: MemberPlace,
    run: HandsRun,
    saved: { readonly file: string; readonly token: string },
  ): Promise<void>;
  /** An empty member that joins those who are there. */
  startJoining(member: MemberPlace, run: HandsRun, all: readonly MemberPlace[]): Promise<void>;
}

export function initialCluster(members: readonly MemberPlace[]): string {
  return members.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',');
}

/** As every member is started, whatever it starts from. */
export function memberFlags(member: MemberPlace, dataDir: string): string[] {
  const { name, clientUrl, peerUrl } = member;
  return [
    ...['--name', name, '--data-dir', dataDir],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...tlsFlags(member),
  ];
}

function tlsFlags({ tls, clientUrl, peerUrl }: MemberPlace): string[] {
  if (tls === undefined) return [];
  const { certFile, keyFile, caFile, peerCertFile, peerKeyFile, peerCaFile } = tls;
  const authority = (prefix: string, file: string | undefined) =>
    file === undefined ? [] : [`--${prefix}trusted-ca-file`, file, `--${prefix}client-cert-auth`];
  return [
    ...(clientUrl.startsWith('https:')
      ? ['--cert-file', certFile, '--key-file', keyFile, ...authority('', caFile)]
      : []),
    ...(peerUrl.startsWith('https:')
      ? ['--peer-cert-file', peerCertFile, '--peer-key-file', peerKeyFile, ...authority('peer-', peerCaFile)]
      : []),
  ];
}
