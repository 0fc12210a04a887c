import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { serverId } from '../../../src/core/ids.ts';
import { HttpLogServer } from '../../../src/drivers/logserver-http/httpLogServer.ts';
import { CliSandbox } from '../../support/cli.ts';
import { Etcd } from '../../support/etcd.ts';
import { makeCertificates } from '../../support/etcdTls.ts';
import { describeWith } from '../../support/programs.ts';

interface Failure {
  readonly error: { readonly code: string; readonly message: string };
}

/** Everything that would change something, each as far as it goes. */
const CHANGING: readonly (readonly string[])[] = [
  ['backup'],
  ['log', 'create', 'new'],
  ['reconfigure', '1', '--apply', '--yes'],
  ['seal', '1', '--apply', '--yes'],
  ['rebuild-metastore', '--apply', '--yes'],
  ['force-new-cluster', '--apply', '--yes'],
];

/** Nobody may ask it whether it is healthy. */
async function listening(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket = connect({ host: hostname, port: Number(port) });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await sleep(50);
  }
}

/** A probe leaves its folder behind, empty. */
const filesUnder = async (dir: string) =>
  (await readdir(dir, { recursive: true })).filter((name) => name !== 'probe').sort();

describeWith('etcd', 'an etcd that refuses the password', () => {
  let sandbox: CliSandbox;
  afterEach(() => sandbox.down());

  it('ends every command with exit 2, and nothing is half-written', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd', '--repo', 'file:///REPO');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '10', '--reconfigure-every', '5');
    const { metaStore, ...config } = parse(await sandbox.text('vlog-dr.yaml'));
    const call = async (path: string, body: object) =>
      (
        await fetch(`${metaStore.endpoints[0]}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
      ).json();
    await call('auth/user/add', { name: 'root', password: 'right' });
    await call('auth/user/grant', { user: 'root', role: 'root' });
    await call('auth/enable', {});
    const file = sandbox.file('wrong.yaml');
    await writeFile(sandbox.file('password'), 'a wrong secret');
    const user = { username: 'root', passwordFile: 'password' };
    await writeFile(file, stringify({ ...config, metaStore: { ...metaStore, ...user } }));
    const repository = () => filesUnder(`${sandbox.dir}.repo`);
    const before = await repository();

    for (const command of CHANGING) {
      const { code, stdout, stderr } = await sandbox.run([...command, '--json', '--config', file]);
      expect(code, `${command.join(' ')}\n${stdout}`).toBe(2);
      const { error } = JSON.parse(stdout) as Failure;
      expect(error.code, command.join(' ')).toBe('E_DENIED');
      expect(error.message).toMatch(/invalid user ID or password/);
      expect(stdout + stderr).not.toContain('a wrong secret');
    }
    expect(await repository()).toEqual(before);
    // The log takes appends all the while: it was neither sealed nor fenced.
    const looked = await sandbox.run(['assess', '--json', '--config', file]);
    expect(looked.code, looked.stdout).toBe(3);
    expect(JSON.parse(looked.stdout)).toMatchObject({
      cluster: { generation: { number: 1 } },
      logs: [{ writable: true }],
    });
  }, 240_000);
});

describeWith(['etcd', 'openssl', 'faketime'], 'certificates that have expired', () => {
  let dir: string;
  let sandbox: CliSandbox;
  let etcd: Etcd | undefined;
  beforeAll(async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--repo', 'file:///REPO');
  }, 120_000);
  afterAll(() => sandbox.down());
  afterEach(async () => {
    await etcd?.stop();
    etcd = undefined;
    await rm(dir, { recursive: true, force: true });
  });

  it.each([
    ['server', /certificate has expired, or the clock of this machine runs ahead/],
    ['client', /our certificate expired on/],
  ] as const)(
    'that of the %s: exit 2, said as that, and nothing written',
    async (expired, said) => {
      dir = await mkdtemp(join(tmpdir(), 'vlog-dr-tls-'));
      const tls = await makeCertificates(dir, { expired });
      etcd = await Etcd.start({ members: 1, tls, wait: false });
      await listening(etcd.endpoints[0] ?? '');
      const config = parse(await sandbox.text('vlog-dr.yaml'));
      const own = { certFile: join(dir, 'client.pem'), keyFile: join(dir, 'client.key') };
      const metaStore = { kind: 'etcd', endpoints: etcd.endpoints, caFile: tls.files.ca, ...own };
      const file = sandbox.file(`${expired}.yaml`);
      await writeFile(file, stringify({ ...config, metaStore }));
      for (const command of [
        ['log', 'create', 'new'],
        ['rebuild-metastore', '--apply', '--yes'],
        ['backup'],
      ]) {
        const { code, stdout } = await sandbox.run([...command, '--json', '--config', file]);
        const { error } = JSON.parse(stdout) as Failure;
        expect(error.message, command.join(' ')).toMatch(said);
        expect([error.code, code], `${command.join(' ')}\n${stdout}`).toEqual(['E_DENIED', 2]);
      }
      await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    },
    120_000,
  );

  it('that of a LogServer is no silence: it is said', async () => {
    dir = await mkdtemp(join(tmpdir(), 'vlog-dr-tls-'));
    const { ca, files } = await makeCertificates(dir, { expired: 'server' });
    const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
    const server = createServer({ cert, key }, (_, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new HttpLogServer({ serverId: serverId('s1'), url, requestTimeoutMs: 5_000, ca });
    await expect(client.status()).rejects.toMatchObject({
      failure: 'denied',
      message: expect.stringContaining('its certificate has expired'),
    });
    await client.disconnect();
    server.close();
  }, 60_000);
});
