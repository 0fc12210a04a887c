import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { EtcdTls } from './etcd.ts';

const run = promisify(execFile);

/**
 * An authority of its own in `dir`, a certificate that serves on 127.0.0.1, and one for a client. `expired`: one of
 * them was valid for a day, a week ago (needs `faketime`).
 */
export async function makeCertificates(
  dir: string,
  { expired }: { readonly expired?: 'server' | 'client' } = {},
): Promise<EtcdTls> {
  const ca = { cert: join(dir, 'ca.pem'), key: join(dir, 'ca.key') };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=test authority'],
    ...['-keyout', ca.key, '-out', ca.cert],
  ]);
  const signed = async (name: string) => {
    const [key, csr, cert, extensions] = ['key', 'csr', 'pem', 'ext'].map((end) =>
      join(dir, `${name}.${end}`),
    );
    if (!key || !csr || !cert || !extensions) throw new Error('no names');
    await run('openssl', ['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key, '-out', csr]);
    await writeFile(extensions, 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
    const sign = [
      ...['x509', '-req', '-in', csr, '-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial'],
      ...['-days', '1', '-extfile', extensions, '-out', cert],
    ];
    if (name === expired) await run('faketime', ['7 days ago', 'openssl', ...sign]);
    else await run('openssl', sign);
    return { cert, key };
  };
  const server = await signed('server');
  const client = await signed('client');
  return {
    ca: await readFile(ca.cert, 'utf8'),
    files: { ca: ca.cert, ...server },
    client: { cert: await readFile(client.cert, 'utf8'), key: await readFile(client.key, 'utf8') },
  };
}
