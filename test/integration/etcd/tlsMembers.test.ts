import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ForceNewClusterPlan } from '../../../src/codec/plans/forceNewCluster.ts';
import { identifyProcess } from '../../../src/drivers/local/processes.ts';
import { CliSandbox } from '../../support/cli.ts';
import { Etcd, type EtcdTls } from '../../support/etcd.ts';
import { makeCertificates } from '../../support/etcdTls.ts';
import { describeWith } from '../../support/programs.ts';

type Plan = ForceNewClusterPlan & { readonly health: readonly { state: string; clientUrl: string }[] };

const NAMES = ['m1', 'm2', 'm3'] as const;

describeWith(['etcd', 'etcdctl', 'openssl'], 'members that take nobody without a certificate', () => {
  let sandbox: CliSandbox;
  let etcd: Etcd;
  let dir: string;
  let tls: EtcdTls;
  let file: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vlog-dr-tls-'));
    tls = await makeCertificates(dir);
    etcd = await Etcd.start({ tls, peerTls: true });
    sandbox = await CliSandbox.up('--servers', '3');
    file = sandbox.file('tls.yaml');
    await writeFile(file, await configured());
  }, 120_000);
  afterAll(async () => {
    // Those that the tool started are not children of ours.
    for (const name of NAMES) {
      const known = await readFile(sandbox.file('etcd-run', `${name}.json`), 'utf8').catch(() => '{}');
      const { pid, startedAt } = JSON.parse(known) as { pid?: number; startedAt?: string };
      if (pid !== undefined && (await identifyProcess(pid))?.startedAt === startedAt)
        process.kill(pid, 'SIGKILL');
    }
    await etcd.stop();
    await sandbox.down();
    await rm(dir, { recursive: true, force: true });
  });

  /** The sandbox's servers, with this etcd as their MetaStore, and the record of its processes. */
  async function configured(): Promise<string> {
    const config = parse(await sandbox.text('vlog-dr.yaml'));
    const { ca: caFile, cert: certFile, key: keyFile } = tls.files;
    await mkdir(sandbox.file('etcd-run'));
    const members = await Promise.all(
      NAMES.map(async (name) => {
        const identity = await identifyProcess(etcd.pidOf(name));
        await writeFile(sandbox.file('etcd-run', `${name}.json`), JSON.stringify(identity));
        const [clientUrl, peerUrl, dataDir] = [
          etcd.endpointOf(name),
          etcd.peerOf(name),
          etcd.dataDirOf(name),
        ];
        return { name, clientUrl, peerUrl, dataDir, tls: { certFile, keyFile, caFile } };
      }),
    );
    const mine = { caFile, certFile: join(dir, 'client.pem'), keyFile: join(dir, 'client.key') };
    const metaStore = { kind: 'etcd', endpoints: etcd.endpoints, ...mine, members, localRunDir: 'etcd-run' };
    return stringify({ ...config, metaStore });
  }

  it('are started again with their certificates, towards clients and towards each other', async () => {
    const with_ = ['--config', file] as const;
    await sandbox.must(0, 'log', 'create', '2', ...with_);
    for (const text of ['a\nb\n', 'c\n']) {
      await sandbox.here(0, ['log', 'append', '2', ...with_], text);
      await sandbox.must(0, 'reconfigure', '2', '--apply', '--yes', ...with_);
    }
    await etcd.kill('m2', 'm3');
    for (const name of ['m2', 'm3']) await rm(etcd.dataDirOf(name), { recursive: true });

    const apply = ['force-new-cluster', '--apply', '--yes', ...with_] as const;
    const forced = await sandbox.json<Plan>(0, ...apply);
    expect(forced.survivors).toMatchObject([{ name: 'm1', origin: 'member', chosen: true }]);
    expect(forced.health.map(({ state }) => state)).toEqual(['serves', 'serves', 'serves']);
    expect(forced.rebuild.logs.find(({ logId }) => logId === '2')).toMatchObject({ verdict: 'proven' });
    expect(await sandbox.here(0, ['log', 'read', '2', ...with_])).toBe('a\nb\nc\n');
    await sandbox.must(0, 'reconfigure', '2', '--apply', '--yes', ...with_);
    // Nobody without a certificate is let in, neither as a client nor as a member.
    for (const url of [...etcd.endpoints, ...NAMES.map((name) => etcd.peerOf(name))]) {
      const [, port = ''] = /:(\d+)$/.exec(url) ?? [];
      await expect(fetch(`http://127.0.0.1:${port}/version`)).rejects.toThrow();
    }
  }, 300_000);

  it('need them in the configuration where the tool is to start them', async () => {
    const config = parse(await readFile(file, 'utf8'));
    for (const member of config.metaStore.members) delete member.tls;
    await writeFile(file, stringify(config));
    const { error } = await sandbox.json<{ error: { code: string; message: string } }>(
      2,
      ...(['force-new-cluster', '--config', file] as const),
    );
    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toContain('metaStore.members[0].tls: expected certFile and keyFile');
  });
});
