import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { NODES } from '../../../src/core/restate/values.ts';
import { RestateCluster } from '../../../src/drivers/restate/restateCluster.ts';
import type { EtcdTls } from '../../support/etcd.ts';
import { makeCertificates } from '../../support/etcdTls.ts';
import { RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
let dir: string;
let certificates: EtcdTls;
let front: Server;
let address: string;

/** A node behind a front that takes TLS, and nobody without a certificate of its authority. */
beforeAll(async () => {
  sandbox = await RestateSandbox.up('builtin');
  dir = await mkdtemp(join(tmpdir(), 'vlog-dr-tls-'));
  certificates = await makeCertificates(dir);
  const { ca, cert, key } = certificates.files;
  const [authority, certificate, secret] = await Promise.all([ca, cert, key].map((file) => readFile(file)));
  front = createServer(
    {
      ca: [authority ?? ''],
      cert: certificate,
      key: secret,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => {
      const node = connect(Number(new URL(sandbox.address('n1')).port), '127.0.0.1');
      socket.pipe(node).pipe(socket);
      socket.on('error', () => node.destroy());
      node.on('error', () => socket.destroy());
    },
  );
  front.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  address = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
});
afterAll(async () => {
  front.close();
  await sandbox.down();
  await rm(dir, { recursive: true });
});

type Tls = ConstructorParameters<typeof RestateCluster>[0]['tls'];

/** What the node behind the front says, or why it says nothing. */
async function ask(tls: Tls): Promise<string> {
  const cluster = new RestateCluster({ addresses: [address], requestTimeoutMs: 10_000, ...(tls && { tls }) });
  try {
    const answer = (await cluster.look()).find((one) => one.address === address)?.answer;
    return answer?.kind === 'answered' ? `knows ${[...answer.caches.keys()].join()}` : `${answer?.reason}`;
  } finally {
    await cluster.close();
  }
}

test('a node is asked over TLS with a certificate of ours; without it, or under an unknown authority, it is silent', async () => {
  const { ca, client } = certificates;
  expect(await ask({ ca, ...client })).toContain(NODES);
  expect(await ask({ ca })).not.toContain('knows');
  expect(await ask({ ...client })).not.toContain('knows');
});
