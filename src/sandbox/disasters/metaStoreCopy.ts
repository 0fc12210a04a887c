import { access, cp, readFile, rm } from 'node:fs/promises';
import { request } from 'undici';
import { parse, stringify } from 'yaml';
import { DrError } from '../../core/errors.ts';
import { replaceFile } from '../../drivers/local/durableFiles.ts';
import { paths, type Sandbox, urlOf } from '../layout.ts';
import { type SandboxAccess, startMetaStoreMember } from '../members.ts';
import { freePorts } from '../ports.ts';
import { awaitReady, killProcess, startProcess } from '../processes.ts';

/** The process that serves the copy; `down` finds it like any other. */
const COPY_ID = 'other';
const START_TIMEOUT_MS = 30_000;

export interface CopiedMetaStore {
  readonly dir: string;
  readonly copy: string;
  /** Where the copy is served, and a configuration whose control plane it is; absent when it only lies there. */
  readonly url?: string;
  readonly config?: string;
}

/** The registers as they are now, aside: what an old backup of the MetaStore's own disk is. */
export async function copyMetaStore({ sandbox }: SandboxAccess): Promise<CopiedMetaStore> {
  mustBeFile(sandbox);
  const copy = paths.metaStoreCopy(sandbox.dir);
  await rm(copy, { recursive: true, force: true });
  await cp(paths.metaStore(sandbox.dir), copy, { recursive: true });
  return { dir: sandbox.dir, copy };
}

/** Serves the copy on an address of its own: a second control plane over the same servers. */
export async function serveCopy(access: SandboxAccess): Promise<CopiedMetaStore> {
  const { sandbox, clock } = access;
  const copy = await mustHaveCopy(sandbox);
  const [port = 0] = await freePorts(1);
  const url = urlOf(port);
  await killProcess(sandbox, COPY_ID, clock);
  await startProcess(sandbox, COPY_ID, ['serve', 'metastore', '--dir', copy, '--port', String(port)]);
  const ready = () => answers(`${url}/v1/health`);
  await awaitReady(sandbox, COPY_ID, { clock, timeoutMs: START_TIMEOUT_MS, ready });
  const config = paths.otherConfig(sandbox.dir);
  const settings = parse(await readFile(paths.config(sandbox.dir), 'utf8')) as Record<string, unknown>;
  await replaceFile(
    config,
    stringify({ ...settings, metaStore: { kind: 'file', endpoints: [url] }, stateDir: 'state-other' }),
  );
  return { dir: sandbox.dir, copy, url, config };
}

/** The second control plane is stopped; its registers stay. */
export async function stopCopy({ sandbox, clock }: SandboxAccess): Promise<void> {
  await killProcess(sandbox, COPY_ID, clock);
}

/** Somebody restores the MetaStore from the copy: it comes back as old as the copy is. */
export async function restoreCopy(access: SandboxAccess): Promise<void> {
  const { sandbox, clock } = access;
  const copy = await mustHaveCopy(sandbox);
  const [member] = sandbox.state.metaStore.members;
  if (member === undefined) throw new Error('a sandbox without a MetaStore');
  await killProcess(sandbox, member.id, clock);
  await rm(paths.metaStore(sandbox.dir), { recursive: true, force: true });
  await cp(copy, paths.metaStore(sandbox.dir), { recursive: true });
  await startMetaStoreMember(access, member.id);
}

async function answers(url: string): Promise<boolean> {
  try {
    const { statusCode, body } = await request(url);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

function mustBeFile({ state }: Sandbox): void {
  if (state.metaStore.kind === 'file') return;
  throw new DrError('E_USAGE', {
    message: 'Only a `file` MetaStore can be copied this way. Nothing was done.',
    hint: 'For etcd: `etcdctl snapshot save FILE`, and `vlog-dr force-new-cluster --snapshot FILE`.',
  });
}

async function mustHaveCopy(sandbox: Sandbox): Promise<string> {
  mustBeFile(sandbox);
  const copy = paths.metaStoreCopy(sandbox.dir);
  try {
    await access(copy);
    return copy;
  } catch (cause) {
    throw new DrError('E_USAGE', {
      message: 'The MetaStore of this sandbox was never copied. Nothing was done.',
      hint: '`vlog-dr sandbox copy-metastore --dir DIR` first.',
      cause,
    });
  }
}
