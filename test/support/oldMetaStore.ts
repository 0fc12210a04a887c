import { execFile } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { clusterId, logId } from '../../src/core/ids.ts';
import { openFileMetaStore } from '../../src/drivers/metastore-file/fileMetaStore.ts';
import type { MetaStore } from '../../src/ports/MetaStore.ts';
import type { CliSandbox } from './cli.ts';
import { Etcd } from './etcd.ts';

const run = promisify(execFile);

/** A sandbox's MetaStore as it was at one moment: a copy of its data that answers while the original goes on. */
export class OldMetaStore {
  /** For `--from-metastore`. */
  readonly address: string;
  readonly #configured: object;
  readonly #open: () => Promise<MetaStore>;
  readonly stop: () => Promise<void>;

  constructor(parts: {
    readonly address: string;
    readonly configured: object;
    readonly open: () => Promise<MetaStore>;
    readonly stop: () => Promise<void>;
  }) {
    this.address = parts.address;
    this.#configured = parts.configured;
    this.#open = parts.open;
    this.stop = parts.stop;
  }

  static async copyOf(sandbox: CliSandbox): Promise<OldMetaStore> {
    const { cluster, metaStore } = parse(await sandbox.text('vlog-dr.yaml'));
    return metaStore.kind === 'etcd'
      ? await copyOfEtcd(sandbox, cluster.id, metaStore.endpoints[0])
      : await copyOfFile(sandbox, cluster.id);
  }

  /** A client's configuration that knows this one only. */
  async configFor(sandbox: CliSandbox): Promise<string> {
    const config = parse(await sandbox.text('vlog-dr.yaml'));
    return stringify({ ...config, metaStore: this.#configured, stateDir: sandbox.file('old-state') });
  }

  async versionOf(log: string): Promise<number | undefined> {
    const metaStore = await this.#open();
    try {
      return (await metaStore.get(logId(log)))?.version;
    } finally {
      await metaStore.close();
    }
  }
}

async function copyOfFile(sandbox: CliSandbox, id: string): Promise<OldMetaStore> {
  const dir = sandbox.file('old-metastore');
  await cp(sandbox.file('metastore'), dir, { recursive: true });
  return new OldMetaStore({
    address: dir,
    configured: { kind: 'file', dir },
    open: () => openFileMetaStore({ dir, clusterId: clusterId(id) }),
    stop: async () => {},
  });
}

/** As an operator would: a snapshot, restored somewhere else. */
async function copyOfEtcd(sandbox: CliSandbox, id: string, endpoint: string): Promise<OldMetaStore> {
  const file = sandbox.file('old.db');
  const env = { ...process.env, ETCDCTL_API: '3' };
  await run('etcdctl', ['--endpoints', endpoint, 'snapshot', 'save', file], { env });
  const etcd = await Etcd.start({ members: 1 });
  await etcd.kill('m1');
  await rm(etcd.dataDirOf('m1'), { recursive: true });
  await run('etcdctl', ['snapshot', 'restore', file, ...etcd.restoreFlags('m1')], { env });
  await etcd.begin('m1');
  const [address = ''] = etcd.endpoints;
  return new OldMetaStore({
    address: `etcd+${address}`,
    configured: { kind: 'etcd', endpoints: etcd.endpoints },
    open: async () => etcd.store({ prefix: `/vlog-dr/${id}` }),
    stop: () => etcd.stop(),
  });
}
