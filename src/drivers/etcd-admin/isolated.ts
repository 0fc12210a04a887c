import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PortError } from '../../core/errors.ts';
import { type EtcdCalls, mustNotBeDenied } from './cluster.ts';
import type { EtcdAdminOptions, ProcessIdentity } from './options.ts';
import { cleanEnvironment, programFailed } from './programs.ts';

export interface IsolatedStart {
  readonly dataDir: string;
  readonly name: string;
  readonly peerUrl: string;
  readonly token: string;
  /** On a copy of a member's directory: its dead peers are forgotten, and what was never committed is dropped. */
  readonly forced?: boolean;
}

export interface IsolatedEtcd {
  readonly clientUrl: string;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const MARK = '.running.json';

/**
 * An etcd that listens on loopback ports nobody knows, whatever addresses its data says it has. It is on record while
 * it runs: one that a killed tool left behind is ended by the next.
 */
export async function startIsolated(
  options: EtcdAdminOptions,
  calls: EtcdCalls,
  start: IsolatedStart,
): Promise<IsolatedEtcd> {
  const [clientPort, peerPort] = await options.freePorts(2);
  const clientUrl = `http://127.0.0.1:${clientPort}`;
  const child = spawn('etcd', flagsOf(start, clientUrl, `http://127.0.0.1:${peerPort}`), {
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words = `${words}${chunk}`.slice(-4_000);
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(programFailed('etcd', error)));
  });
  const stop = async () => {
    await end(child);
    await rm(`${start.dataDir}${MARK}`, { force: true });
  };
  try {
    await record(options, `${start.dataDir}${MARK}`, child);
    await untilServing(options, calls, { clientUrl, child, words: () => words, name: start.dataDir });
  } catch (error) {
    await stop();
    throw error;
  }
  return { clientUrl, stop };
}

function flagsOf({ dataDir, name, peerUrl, token, forced }: IsolatedStart, client: string, peer: string) {
  return [
    ...['--name', name, '--data-dir', dataDir],
    ...['--listen-client-urls', client, '--advertise-client-urls', client, '--listen-peer-urls', peer],
    ...['--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `${name}=${peerUrl}`],
    ...['--initial-cluster-token', token, '--initial-cluster-state', 'new'],
    ...(forced === true ? ['--force-new-cluster'] : []),
    ...['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'error'],
  ];
}

async function untilServing(
  { clock }: EtcdAdminOptions,
  calls: EtcdCalls,
  {
    clientUrl,
    child,
    words,
    name,
  }: { clientUrl: string; child: ChildProcess; words: () => string; name: string },
): Promise<void> {
  const deadline = clock.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null || clock.now() > deadline)
      throw new PortError('unavailable', {
        subject: 'etcd on a copy',
        message: `it did not start. ${words().trim().split('\n').at(-1) ?? ''}`.trim(),
        isTransient: false,
      });
    const serves = await calls.countAll({ clientUrl }).then(
      () => true,
      (error: unknown) => {
        mustNotBeDenied(error, `a copy of ${name}`);
        return false;
      },
    );
    if (serves) return;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

const identitySchema = z.object({ pid: z.number(), startedAt: z.string(), host: z.string() });
const markSchema = z.object({ etcd: identitySchema, tool: identitySchema });

async function record({ processes }: EtcdAdminOptions, path: string, child: ChildProcess): Promise<void> {
  const [etcd, tool] = await Promise.all([
    processes.identify(child.pid ?? 0),
    processes.identify(process.pid),
  ]);
  if (etcd !== undefined && tool !== undefined) await writeFile(path, JSON.stringify({ etcd, tool }));
}

/** Ends what tools that are gone left running in this directory. */
export async function sweep({ processes, clock }: EtcdAdminOptions, dir: string): Promise<void> {
  const names = await readdir(dir, { recursive: true }).catch(() => [] as string[]);
  for (const name of names.filter((one) => one.endsWith(MARK))) {
    const path = join(dir, name);
    const mark = markSchema.safeParse(JSON.parse(await readFile(path, 'utf8').catch(() => 'null')));
    if (!mark.success || (await processes.state(mark.data.tool)) !== 'gone') continue;
    await killAndWait(processes, mark.data.etcd, clock.sleep);
    await rm(path, { force: true });
  }
}

/** SIGKILL to that very process, and wait until it is gone. Answers whether it lived. */
export async function killAndWait(
  processes: EtcdAdminOptions['processes'],
  identity: ProcessIdentity,
  sleep: (ms: number) => Promise<void>,
): Promise<boolean> {
  if ((await processes.state(identity)) === 'gone') return false;
  process.kill(identity.pid, 'SIGKILL');
  while ((await processes.state(identity)) !== 'gone') await sleep(LOOK_AGAIN_MS);
  return true;
}
