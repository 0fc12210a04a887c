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
export function memberFlags({ name, clientUrl, peerUrl }: MemberPlace, dataDir: string): string[] {
  return [
    ...['--name', name, '--data-dir', dataDir],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
  ];
}
