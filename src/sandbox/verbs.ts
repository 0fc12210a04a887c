import { readdir, rm } from 'node:fs/promises';
import type { Clock } from '../ports/Clock.ts';
import {
  type MemberKind,
  memberIds,
  metaStoreDataOf,
  paths,
  requireMember,
  type Sandbox,
  urlOf,
} from './layout.ts';
import type { Startable } from './members.ts';
import { awaitGone, killProcess, type MemberState, signalProcess, stateOf } from './processes.ts';

export interface MemberStatus {
  readonly id: string;
  readonly url: string;
  readonly state: MemberState;
  /** `null` when it is not running. */
  readonly pid: number | null;
  readonly dataDir: string;
}

/** What `up` and `status` print. */
export interface SandboxStatus {
  readonly dir: string;
  readonly config: string;
  readonly clusterId: string;
  readonly logServers: readonly MemberStatus[];
  readonly metaStore: {
    readonly kind: 'file' | 'etcd' | 'builtin';
    readonly endpoints: readonly string[];
    readonly pids: readonly number[];
    readonly dataDirs: readonly string[];
    readonly members: readonly MemberStatus[];
  };
  readonly repository: string | null;
  readonly logs: readonly string[];
  /** Of a Restate cluster: where its counters are called, and where it is administered. */
  readonly restate?: {
    readonly ingress: readonly string[];
    readonly admin: readonly string[];
    readonly counters: MemberStatus;
  };
}

export async function sandboxStatus(sandbox: Sandbox): Promise<SandboxStatus> {
  const { dir, state } = sandbox;
  const statusOf = async (
    { id, port }: { id: string; port: number },
    dataDir: string,
  ): Promise<MemberStatus> => {
    const found = await stateOf(sandbox, id);
    return { id, url: urlOf(port), state: found.state, pid: found.pid ?? null, dataDir };
  };
  const members = await Promise.all(
    state.metaStore.members.map((member) => statusOf(member, metaStoreDataOf(sandbox, member.id))),
  );
  return {
    dir,
    config: paths.config(dir),
    clusterId: state.clusterId,
    logServers: await Promise.all(
      state.logServers.map((server) => statusOf(server, paths.logServerData(dir, server.id))),
    ),
    metaStore: {
      kind: state.metaStore.kind,
      endpoints: members.map((member) => member.url),
      pids: members.flatMap(({ pid }) => (pid === null ? [] : [pid])),
      dataDirs: members.map((member) => member.dataDir),
      members,
    },
    repository: state.repository ?? null,
    logs: state.logs,
    ...(state.restate === undefined
      ? {}
      : {
          restate: {
            ingress: state.restate.nodes.map(({ ingressPort }) => urlOf(ingressPort)),
            admin: state.restate.nodes.map(({ adminPort }) => urlOf(adminPort)),
            counters: await statusOf(state.restate.counters, ''),
          },
        }),
  };
}

/** What a verb did to each member it was given. */
export interface VerbResult {
  readonly dir: string;
  readonly members: readonly {
    readonly id: string;
    readonly was: MemberState;
    readonly state: MemberState;
  }[];
}

type Change = (id: string, kind: MemberKind) => Promise<void>;

/** Checks all ids before it touches any: a misspelt one changes nothing. */
async function changeEach(sandbox: Sandbox, ids: readonly string[], change: Change): Promise<VerbResult> {
  const kinds = ids.map((id) => requireMember(sandbox, id));
  const members = await Promise.all(
    ids.map(async (id, index) => {
      const was = (await stateOf(sandbox, id)).state;
      await change(id, kinds[index] ?? 'logServer');
      return { id, was, state: (await stateOf(sandbox, id)).state };
    }),
  );
  return { dir: sandbox.dir, members };
}

/** SIGKILL. */
export function killMembers(sandbox: Sandbox, ids: readonly string[], clock: Clock): Promise<VerbResult> {
  return changeEach(sandbox, ids, async (id) => {
    await killProcess(sandbox, id, clock);
  });
}

/** SIGSTOP: it keeps its connections and answers nothing, as on a hung machine. */
export function pauseMembers(sandbox: Sandbox, ids: readonly string[], clock: Clock): Promise<VerbResult> {
  return changeEach(sandbox, ids, async (id) => {
    if (!(await signalProcess(sandbox, id, 'SIGSTOP'))) return;
    // The signal is delivered a moment later; what follows must find it stopped.
    while ((await stateOf(sandbox, id)).state === 'running') await clock.sleep(5);
  });
}

/** SIGCONT. */
export function resumeMembers(sandbox: Sandbox, ids: readonly string[], clock: Clock): Promise<VerbResult> {
  return changeEach(sandbox, ids, async (id) => {
    await signalProcess(sandbox, id, 'SIGCONT');
    while ((await stateOf(sandbox, id)).state === 'paused') await clock.sleep(5);
  });
}

/** Kills, and deletes the data: what a replaced disk looks like. */
export function wipeMembers(sandbox: Sandbox, ids: readonly string[], clock: Clock): Promise<VerbResult> {
  return changeEach(sandbox, ids, async (id, kind) => {
    await killProcess(sandbox, id, clock);
    if (kind === 'service') return;
    const dir = kind === 'logServer' ? paths.logServerData(sandbox.dir, id) : metaStoreDataOf(sandbox, id);
    await rm(dir, { recursive: true, force: true });
  });
}

/** Starts those that do not run, on the addresses they had. A wiped LogServer is formatted anew, not admitted. */
export function startMembers(access: Startable, ids: readonly string[]): Promise<VerbResult> {
  return changeEach(access.sandbox, ids, async (id) => {
    if ((await stateOf(access.sandbox, id)).state === 'stopped') await access.start(id);
  });
}

/** Stops everything in order, and what does not stop by force. */
export async function stopSandbox(
  sandbox: Sandbox,
  options: { readonly clock: Clock; readonly deleteData: boolean },
): Promise<VerbResult> {
  const result = await changeEach(sandbox, memberIds(sandbox), (id) =>
    stopGently(sandbox, id, options.clock),
  );
  // Also what was started beside the members: a copy of the MetaStore that is served.
  for (const id of await startedIn(sandbox)) await stopGently(sandbox, id, options.clock);
  if (options.deleteData) await rm(sandbox.dir, { recursive: true, force: true });
  return result;
}

async function startedIn({ dir }: Sandbox): Promise<string[]> {
  const files = await readdir(paths.processes(dir)).catch(() => []);
  return files.flatMap((file) => /^([a-z][a-z0-9-]*)\.json$/.exec(file)?.[1] ?? []);
}

const GRACE_MS = 5_000;

async function stopGently(sandbox: Sandbox, id: string, clock: Clock): Promise<void> {
  // A paused process would get SIGTERM only after it goes on.
  if ((await stateOf(sandbox, id)).state === 'paused') await killProcess(sandbox, id, clock);
  if (!(await signalProcess(sandbox, id, 'SIGTERM'))) return;
  const patience = new AbortController();
  const tooLong = clock.sleep(GRACE_MS, patience.signal).then(
    () => killProcess(sandbox, id, clock),
    () => undefined,
  );
  await awaitGone(sandbox, id, clock);
  patience.abort();
  await tooLong;
}

export interface LostMetaStore {
  readonly dir: string;
  readonly lost: readonly string[];
  readonly kept: readonly string[];
  readonly startedEmpty: readonly string[];
}

/**
 * Kills the members, deletes their data and starts fresh ones on the same addresses, as an orchestrator would; the
 * first `keep` of them go on with their data.
 */
export async function loseMetaStore(
  access: Startable,
  options: { readonly stayDown: boolean; readonly keep: number },
): Promise<LostMetaStore> {
  const { sandbox, clock } = access;
  const ids = sandbox.state.metaStore.members.map((member) => member.id);
  const kept = ids.slice(0, options.keep);
  const lost = ids.slice(options.keep);
  await Promise.all(lost.map((id) => killProcess(sandbox, id, clock)));
  for (const id of lost) await rm(metaStoreDataOf(sandbox, id), { recursive: true, force: true });
  // With survivors the others are gone: a fresh one would be a stranger to them.
  const startedEmpty = options.stayDown || kept.length > 0 ? [] : lost;
  // Together: a member of an etcd waits for a majority.
  await Promise.all(startedEmpty.map((id) => access.start(id)));
  return { dir: sandbox.dir, lost, kept, startedEmpty };
}
