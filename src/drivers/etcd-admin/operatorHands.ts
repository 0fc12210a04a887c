import type { MemberPlace } from '../../ports/MetaStoreAdmin.ts';
import type { Reporter } from '../../ports/Reporter.ts';
import { type Hands, type HandsRun, initialCluster, memberFlags } from './hands.ts';
import { restoreFlags } from './survivors.ts';

/** People walk to hosts, copy files and read what they are told. */
const PATIENCE_MS = 60 * 60_000;

/**
 * Members are on hosts that this tool cannot reach. It says exactly what to type on each, and goes on when it sees the
 * effect: the new cluster's id at the member's address, and a read that goes through.
 */
export class OperatorHands implements Hands {
  readonly whose = 'operator';
  readonly patienceMs = PATIENCE_MS;
  readonly #reporter: Reporter;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  async hasEnded(): Promise<boolean> {
    return false;
  }

  async clear(member: MemberPlace, { runId }: HandsRun): Promise<undefined> {
    const dataDir = dataDirOf(member);
    this.#say(member, [
      '# stop the old etcd there, so that it is not started again, and keep its data:',
      'systemctl disable --now etcd',
      `[ ! -e ${dataDir} ] || mv ${dataDir} ${dataDir}.${runId}.old`,
    ]);
  }

  async startFirst(
    member: MemberPlace,
    _: HandsRun,
    { file, token }: { readonly file: string; readonly token: string },
  ): Promise<void> {
    const dataDir = dataDirOf(member);
    this.#say(member, [
      `# copy ${file} of this machine there, as recovered.db, then:`,
      `ETCDCTL_API=3 etcdctl snapshot restore recovered.db ${shell(restoreFlags({ ...member, dataDir, token }))}`,
      '# start etcd with the settings it had (certificates, users of the system) and these:',
      `etcd ${shell([...memberFlags(member, dataDir), '--initial-cluster', initialCluster([member])])} ${shell(['--initial-cluster-token', token])}`,
    ]);
  }

  async startJoining(member: MemberPlace, _: HandsRun, all: readonly MemberPlace[]): Promise<void> {
    const flags = ['--initial-cluster', initialCluster(all), '--initial-cluster-state', 'existing'];
    this.#say(member, [
      '# start etcd with an empty data directory, the settings it had, and these:',
      `etcd ${shell([...memberFlags(member, dataDirOf(member)), ...flags])}`,
    ]);
  }

  #say({ name, clientUrl, location }: MemberPlace, lines: readonly string[]): void {
    const place = location === undefined ? '' : `, ${location}`;
    this.#reporter.note([`On the host of ${name} (${clientUrl}${place}):`, ...lines].join('\n    '));
  }
}

/** Where a Debian package keeps it, unless the configuration says. */
function dataDirOf({ dataDir }: MemberPlace): string {
  return dataDir ?? '/var/lib/etcd/default';
}

function shell(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
