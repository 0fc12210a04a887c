import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PortError } from '../../core/errors.ts';
import type {
  MemberLook,
  MemberPlace,
  MetaStoreAdmin,
  NewCluster,
  StartedMember,
  SurvivorCopy,
  SurvivorPlace,
} from '../../ports/MetaStoreAdmin.ts';
import { makeDirectory } from '../wrap/durableFile.ts';
import { EtcdCalls, isElecting, said } from './cluster.ts';
import type { Hands, HandsRun } from './hands.ts';
import { startIsolated, sweep } from './isolated.ts';
import { LocalHands } from './localHands.ts';
import { OperatorHands } from './operatorHands.ts';
import type { Closable, Engine, EtcdAdminOptions } from './options.ts';
import { copySurvivor, kindOfCopy, readCopy, restore, saveFrom } from './survivors.ts';

const ASK_AGAIN_MS = 100;
/** Several elections of etcd's own default (1 s), as when votes are split. */
const ELECTION_MS = 10_000;
const SAVED = 'recovered.db';
/** Its members' own data is newer from here on. */
const OPENED = 'opened';

/**
 * etcd members, for when their majority is gone. A new cluster is always made by restoring a snapshot under a new
 * token, never by `--force-new-cluster` on the member itself: that keeps the cluster id, so old members join again,
 * and revisions repeat with other values (seen; docs/operations/lost-etcd-majority.md).
 */
export class EtcdAdmin<Registers extends Closable, Held extends object>
  implements MetaStoreAdmin<Registers, SurvivorCopy & Held>
{
  readonly kind;
  readonly #options: EtcdAdminOptions;
  readonly #engine: Engine<Registers, Held>;
  readonly #calls: EtcdCalls;
  readonly #hands: Hands;
  #swept: Promise<void> | undefined;

  /** `file`: a MetaStore without members; only what survived of it is copied and read. */
  constructor(options: EtcdAdminOptions, engine: Engine<Registers, Held>, kind: 'etcd' | 'file') {
    this.kind = kind;
    this.#options = options;
    this.#engine = engine;
    this.#calls = new EtcdCalls((endpoint) => options.openGateway(endpoint));
    this.#hands =
      options.localRunDir === undefined
        ? new OperatorHands(options.reporter)
        : new LocalHands(options, options.localRunDir);
  }

  get hands(): 'tool' | 'operator' {
    return this.#hands.whose;
  }

  get members(): readonly MemberPlace[] {
    return this.#options.members;
  }

  /** A majority that answers is electing its leader, and not lost: it is given the time. */
  async look(): Promise<readonly MemberLook[]> {
    const { clock } = this.#options;
    const deadline = clock.now() + ELECTION_MS;
    for (;;) {
      const looks = await this.#lookOnce();
      if (!isElecting(looks) || clock.now() >= deadline) return looks;
      await clock.sleep(ASK_AGAIN_MS);
    }
  }

  #lookOnce(): Promise<readonly MemberLook[]> {
    return Promise.all(
      this.members.map(async (member) => {
        const look = await this.#calls.look(member);
        const hasEnded = look.state === 'silent' && (await this.#hands.hasEnded(member));
        return hasEnded ? { ...look, ended: true as const } : look;
      }),
    );
  }

  async read(place: SurvivorPlace, keep?: { readonly runId: string }): Promise<SurvivorCopy & Held> {
    await this.#sweepOnce();
    const dir =
      keep === undefined
        ? join(this.#options.workDir, `look-${process.pid}-${directoryName(place)}`)
        : this.#copyDir(keep.runId, place);
    try {
      const mayBeFile = this.#engine.openFile !== undefined;
      await copySurvivor(this.#options, this.#calls, { ...place, mayBeFile }, dir);
      return await readCopy(this.#options, this.#calls, this.#engine, dir);
    } finally {
      if (keep === undefined) await rm(dir, { recursive: true, force: true });
    }
  }

  async leftHere(silent: readonly MemberPlace[]): Promise<readonly SurvivorPlace[]> {
    const dirs = this.#hands.whose === 'tool' ? silent.flatMap(({ dataDir }) => dataDir ?? []) : [];
    const stopped = await Promise.all(
      dirs.map(async (dir) => ((await isFile(join(dir, 'member', 'snap', 'db'))) ? [dir] : [])),
    );
    const found = stopped.flat().map((name): SurvivorPlace => ({ origin: 'data directory', name }));
    return [...found, ...(await this.#unfinished())];
  }

  async #unfinished(): Promise<readonly SurvivorPlace[]> {
    const runs = (await namesIn(this.#options.workDir)).filter((name) => !name.startsWith('look-'));
    for (const runId of runs.sort().reverse()) {
      const { dir } = this.#run(runId);
      const names = await namesIn(dir);
      if (names.includes(OPENED)) return [];
      const copies = (await namesIn(join(dir, 'copies'))).map((name) =>
        join(dir, 'copies', name, 'survivor.db'),
      );
      const saved = names.includes(SAVED) ? [join(dir, SAVED)] : [];
      const whole = await Promise.all(
        [...saved, ...copies].map(async (path) => ((await isFile(path)) ? [path] : [])),
      );
      const found = whole.flat().map((name): SurvivorPlace => ({ origin: 'snapshot', name }));
      if (found.length > 0) return found;
    }
    return [];
  }

  async isolated<T>(
    cluster: NewCluster,
    use: (registers: Registers) => Promise<T>,
  ): Promise<{ readonly value: T; readonly clusterId: string; readonly savedAs: string }> {
    await this.#sweepOnce();
    const { dir } = this.#run(cluster.runId);
    const { name, peerUrl } = cluster.first;
    const place = { dataDir: join(dir, 'isolated'), name, peerUrl, token: cluster.token };
    await this.#prepare(cluster, place, join(dir, 'isolated.made'));
    const etcd = await startIsolated(this.#options, this.#calls, place);
    const registers = this.#engine.openRegisters([etcd.clientUrl]);
    try {
      const value = await use(registers);
      await saveFrom(etcd.clientUrl, dir, this.#options.credentials, SAVED);
      const { clusterId } = await this.#calls.status(etcd);
      return { value, clusterId, savedAs: join(dir, SAVED) };
    } finally {
      await registers.close();
      await etcd.stop();
    }
  }

  /** What the run wrote into it already must not be restored away; what was half restored must. */
  async #prepare(
    { runId, from }: NewCluster,
    place: {
      readonly dataDir: string;
      readonly name: string;
      readonly peerUrl: string;
      readonly token: string;
    },
    made: string,
  ): Promise<void> {
    if (await isFile(made)) return;
    await rm(place.dataDir, { recursive: true, force: true });
    await makeDirectory(join(made, '..'));
    if (from !== undefined) {
      const copy = this.#copyDir(runId, from);
      if ((await kindOfCopy(copy)) !== 'etcd')
        throw new PortError('notFound', { subject: `copy of ${from.name}`, message: `it is not in ${copy}` });
      await restore(join(copy, 'survivor.db'), place);
    }
    await writeFile(made, '');
  }

  async open(cluster: NewCluster & { readonly clusterId: string }): Promise<StartedMember> {
    const { first: member, clusterId, token } = cluster;
    const run = this.#run(cluster.runId);
    const isOpen = await this.#serves(member, clusterId);
    const movedTo = isOpen ? undefined : await this.#hands.clear(member, run);
    if (!isOpen) await this.#hands.startFirst(member, run, { file: join(run.dir, SAVED), token });
    await this.#untilServing(member, clusterId);
    await writeFile(join(run.dir, OPENED), '');
    // What it was is in the saved file; etcd reserves much room for its log.
    await rm(join(run.dir, 'isolated'), { recursive: true, force: true });
    return { name: member.name, ...(movedTo !== undefined && { movedTo }) };
  }

  async add(
    member: MemberPlace,
    to: { readonly runId: string; readonly clusterId: string; readonly through: readonly MemberPlace[] },
  ): Promise<StartedMember> {
    // Done by an earlier try: nobody is to be told again to start it empty.
    if (await this.#serves(member, to.clusterId)) return { name: member.name };
    const run = this.#run(to.runId);
    const [through] = to.through;
    if (through === undefined) throw new Error('nobody to add a member through');
    const listed = await this.#listed(through, member);
    // One that is listed was cleared before it was listed: its data is already that of the new cluster.
    const movedTo = listed === undefined ? await this.#hands.clear(member, run) : undefined;
    // Refused for some seconds after every change ("unhealthy cluster"): until all members know each other again.
    if (listed === undefined)
      await this.#until(`add ${member.name}`, async () => {
        if ((await this.#listed(through, member)) === undefined)
          await this.#calls.addLearner(through, member.peerUrl);
      });
    await this.#hands.startJoining(member, run, [...to.through, member]);
    await this.#until(`start ${member.name}`, async () => {
      const { clusterId } = await this.#calls.status(member);
      mustBe(to.clusterId, clusterId);
    });
    // Refused until it holds what the leader holds.
    await this.#until(`give ${member.name} a vote`, async () => {
      const now = await this.#listed(through, member);
      if (now?.isLearner === true) await this.#calls.promote(through, now.ID);
    });
    await this.#untilServing(member, to.clusterId);
    return { name: member.name, ...(movedTo !== undefined && { movedTo }) };
  }

  registers(members: readonly MemberPlace[]): Registers {
    return this.#engine.openRegisters(members.map(({ clientUrl }) => clientUrl));
  }

  async close(): Promise<void> {
    await this.#calls.close();
  }

  async #listed(through: MemberPlace, { peerUrl }: MemberPlace) {
    return (await this.#calls.list(through)).find(({ peerURLs }) => peerURLs.includes(peerUrl));
  }

  async #serves(member: MemberPlace, clusterId: string): Promise<boolean> {
    const look = await this.#calls.look(member);
    return look.state === 'serves' && look.clusterId === clusterId;
  }

  #untilServing(member: MemberPlace, clusterId: string): Promise<void> {
    return this.#until(`serve at ${member.clientUrl}`, async () => {
      mustBe(clusterId, (await this.#calls.status(member)).clusterId);
      await this.#calls.countAll(member);
    });
  }

  /** Until it succeeds, or the patience ends: then with what was said last. */
  async #until(what: string, attempt: () => Promise<void>): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.now() + this.#hands.patienceMs;
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (clock.now() < deadline) await clock.sleep(ASK_AGAIN_MS);
        else
          throw new PortError('unavailable', { subject: `etcd ${what}`, message: said(error), cause: error });
      }
    }
  }

  #run(runId: string): HandsRun {
    return { runId, dir: join(this.#options.workDir, runId) };
  }

  #copyDir(runId: string, place: SurvivorPlace): string {
    return join(this.#run(runId).dir, 'copies', directoryName(place));
  }

  #sweepOnce(): Promise<void> {
    this.#swept ??= sweep(this.#options, this.#options.workDir);
    return this.#swept;
  }
}

/** An old member that came back to its address is not the one that was started. */
function mustBe(expected: string, found: string): void {
  if (found === expected) return;
  throw new Error(`a member of another cluster answers there (${found}, not ${expected}): stop it`);
}

function directoryName({ origin, name }: SurvivorPlace): string {
  return `${origin.replace(' ', '-')}-${name.replace(/[^A-Za-z0-9.-]+/g, '_')}`.slice(0, 200);
}

async function namesIn(dir: string): Promise<string[]> {
  return await readdir(dir).catch(() => []);
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
