import type { EtcdConfig } from '../config/config.ts';
import { EtcdMetaStore, type EtcdMetaStoreOptions } from '../drivers/metastore-etcd/etcdMetaStore.ts';
import { readCredential } from './credentials.ts';

type Around = Pick<EtcdMetaStoreOptions, 'clusterId' | 'requestTimeoutMs' | 'onSkipped'>;

/** The driver, with what the files say that the configuration names. */
export async function openEtcd(etcd: EtcdConfig, around: Around): Promise<EtcdMetaStore> {
  return new EtcdMetaStore(await etcdOptions(etcd, around));
}

/** The same for other addresses of that etcd, or of a copy of it. */
export async function etcdOptions(etcd: EtcdConfig, around: Around): Promise<EtcdMetaStoreOptions> {
  const { endpoints, prefix, caFile, certFile, keyFile, username, passwordFile, maxRequestBytes } = etcd;
  const tls = {
    ...(caFile === undefined ? {} : { ca: await readCredential(caFile, 'certificate file') }),
    ...(certFile === undefined ? {} : { cert: await readCredential(certFile, 'certificate file') }),
    ...(keyFile === undefined ? {} : { key: await readCredential(keyFile, 'key file') }),
  };
  const user =
    username === undefined || passwordFile === undefined
      ? undefined
      : { name: username, password: await readCredential(passwordFile, 'password file') };
  return {
    endpoints,
    prefix,
    ...around,
    tls,
    ...(user === undefined ? {} : { user }),
    ...(maxRequestBytes === undefined ? {} : { maxRequestBytes }),
  };
}
