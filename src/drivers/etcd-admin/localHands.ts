import { spawn } from 'node:child_process';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DrError, PortError } from '../../core/errors.ts';
import type { MemberPlace } from '../../ports/MetaStoreAdmin.ts';
import { makeDirectory, replaceFile, syncDirectory } from '../wrap/durableFile.ts';
import { type Hands, type HandsRun, initialCluster, memberFlags } from './hands.ts';
import { killAndWait } from './isolated.ts';
import type { EtcdAdminOptions, ProcessIdentity } from './options.ts';
import { cleanEnvironment, programFailed } from './programs.ts';
import { restore } from './survivors.ts';

const identitySchema = z.object({ pid: z.number(), startedAt: z.string(), host: z.string() });
const PATIENCE_MS = 60_000;

/**
 * Members are processes of this machine. A member's place changes hands in this order, and every step leaves a name
 * behind by which a later run sees that it was done:
 *
 *   1. restore   into `<data>.<run>.new`, then the mark `<name>.restored`: a half restored directory is never started.
 *   2. stop      the old process, so that nobody writes to the directory that is moved.
 *   3. move      the old directory to `<data>.<run>.old`, once: the mark `<name>.cleared` keeps the new one from
 *                being taken for the old.
 *   4. place     the new directory, and start.
 */
export class LocalHands implements Hands {
  readonly whose = 'tool';
  readonly patienceMs = PATIENCE_MS;
  readonly #options: EtcdAdminOptions;
  readonly #runDir: string;

  constructor(options: EtcdAdminOptions, runDir: string) {
    this.#options = options;
    this.#runDir = runDir;
  }

  async hasEnded(member: MemberPlace): Promise<boolean> {
    const identity = await this.#identity(member);
    return identity === undefined || (await this.#options.processes.state(identity)) === 'gone';
  }

  async clear(member: MemberPlace, run: HandsRun): Promise<string | undefined> {
    const mark = join(run.dir, `${member.name}.cleared`);
    const dataDir = dataDirOf(member);
    const old = `${dataDir}.${run.runId}.old`;
    if (await exists(mark)) return (await exists(old)) ? old : undefined;
    await this.#stop(member);
    if ((await exists(dataDir)) && !(await exists(old))) {
      await rename(dataDir, old);
      await syncDirectory(dirname(dataDir));
    }
    await writeMark(mark);
    return (await exists(old)) ? old : undefined;
  }

  async startFirst(
    member: MemberPlace,
    run: HandsRun,
    { file, token }: { readonly file: string; readonly token: string },
  ): Promise<void> {
    if (await this.#runs(member)) return;
    const dataDir = dataDirOf(member);
    const fresh = `${dataDir}.${run.runId}.new`;
    const mark = join(run.dir, `${member.name}.restored`);
    if (!(await exists(mark))) {
      await makeDirectory(dirname(dataDir));
      await restore(file, { dataDir: fresh, name: member.name, peerUrl: member.peerUrl, token });
      await writeMark(mark);
    }
    if (await exists(fresh)) await rename(fresh, dataDir);
    await syncDirectory(dirname(dataDir));
    await this.#start(member, [
      '--initial-cluster',
      initialCluster([member]),
      '--initial-cluster-token',
      token,
    ]);
  }

  async startJoining(member: MemberPlace, _: HandsRun, all: readonly MemberPlace[]): Promise<void> {
    if (await this.#runs(member)) return;
    await makeDirectory(dirname(dataDirOf(member)));
    await this.#start(member, [
      ...['--initial-cluster', initialCluster(all), '--initial-cluster-state', 'existing'],
    ]);
  }

  async #identity({ name }: MemberPlace): Promise<ProcessIdentity | undefined> {
    const text = await readFile(join(this.#runDir, `${name}.json`), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : identitySchema.parse(JSON.parse(text));
  }

  async #runs(member: MemberPlace): Promise<boolean> {
    const identity = await this.#identity(member);
    return identity !== undefined && (await this.#options.processes.state(identity)) === 'running';
  }

  async #stop(member: MemberPlace): Promise<void> {
    const { processes, clock } = this.#options;
    const identity = await this.#identity(member);
    if (identity !== undefined) await killAndWait(processes, identity, (ms) => clock.sleep(ms));
    await rm(join(this.#runDir, `${member.name}.json`), { force: true });
  }

  async #start(member: MemberPlace, flags: readonly string[]): Promise<void> {
    await makeDirectory(this.#runDir);
    const output = await open(join(this.#runDir, `${member.name}.output.txt`), 'a');
    try {
      const all = [...memberFlags(member, dataDirOf(member)), ...flags, ...LOGGING];
      // In a session of its own: it outlives this process and its terminal.
      const stdio = ['ignore', output.fd, output.fd] as const;
      const child = spawn('etcd', all, { env: cleanEnvironment(), detached: true, stdio: [...stdio] });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (error) => reject(programFailed('etcd', error)));
      });
      child.unref();
      const identity = await this.#options.processes.identify(child.pid ?? 0);
      if (identity === undefined)
        throw new PortError('unavailable', {
          subject: `etcd ${member.name}`,
          message: 'it ended at its start',
        });
      await replaceFile(join(this.#runDir, `${member.name}.json`), JSON.stringify(identity));
    } finally {
      await output.close();
    }
  }
}

const LOGGING = ['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'warn'];

function dataDirOf({ name, dataDir }: MemberPlace): string {
  if (dataDir !== undefined) return dataDir;
  throw new DrError('E_CONFIG', {
    message: `Where the data of etcd member ${name} belongs is not configured. Nothing of it was changed.`,
    hint: 'Add `dataDir` to it in `metaStore.members`.',
    context: { member: name },
  });
}

async function writeMark(path: string): Promise<void> {
  await makeDirectory(dirname(path));
  await writeFile(path, '');
  await syncDirectory(dirname(path));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
