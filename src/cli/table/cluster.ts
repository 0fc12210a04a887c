import type { CommandSpec } from './spec.ts';

/** Looking at a cluster, and starting the servers of one. */
export const CLUSTER: readonly CommandSpec[] = [
  {
    path: 'assess',
    summary: 'a read-only look at everything: what is wrong, what would be lost now, what to do',
    options: [
      ['--watch', 'look again and again; one line (or JSON document) each'],
      ['--interval <SECONDS>', 'pause between two looks (default: 5)'],
      ['--html <FILE>', 'write it as a page, too, into a new file'],
    ],
    load: () => import('../commands/assess.ts'),
    foreign: () => import('../commands/foreign/assess.ts'),
  },
  {
    path: 'init',
    summary: 'write a configuration from what one server knows, asking for the rest',
    options: [
      ['--driver <KIND>', 'native (default) or restate'],
      ['--address <URL>', 'address of any LogServer of the cluster, or of any Restate node (port 5122)'],
      ['--etcd <URL>', 'Restate with its metadata in etcd: its address; may be repeated', 'repeat'],
      ['--server <ID=URL>', 'address of another LogServer; may be repeated', 'repeat'],
      ['--name <NAME>', 'what to call the cluster'],
      ['--from-repository <URL>', 'take the configuration that was backed up there last'],
      ['--cluster-id <UUID>', 'which cluster, where the repository keeps several'],
      ['--repo-endpoint <URL>', 'address of an S3-compatible store; implies path style'],
      ['--repo-region <REGION>', 'its region'],
      ['--out <FILE>', 'file to write (default: vlog-dr.yaml); never overwritten'],
    ],
    load: () => import('../commands/init.ts'),
  },
  {
    path: 'doctor',
    summary: 'check configuration, reachability, credentials, clocks and versions',
    load: () => import('../commands/doctor.ts'),
    foreign: () => import('../commands/foreign/doctor.ts'),
  },
  {
    path: 'serve logserver',
    summary: 'run a LogServer in the foreground until it is told to stop',
    options: [
      ['--data-dir <DIR>', 'where it keeps its store'],
      ['--server-id <ID>', 'its name in the cluster'],
      ['--cluster-id <UUID>', 'the cluster that it belongs to'],
      ['--location <REGION/ZONE/RACK>', 'where it stands (default: local/z1/r1)'],
      ['--format', 'write a new store; refused where there is one'],
      ['--host <HOST>', 'address to listen on (default: 127.0.0.1)'],
      ['--port <PORT>', 'port to listen on (default: a free one)'],
      ['--peers <FILE>', 'configuration that names the other servers; read again when it changes'],
      ['--tokens <FILE>', 'bearer tokens and their roles; needed beyond loopback'],
      ['--tls-cert <FILE>', 'certificate chain; needed beyond loopback'],
      ['--tls-key <FILE>', 'its private key'],
      ['--ca <FILE>', 'certificates that the other servers are trusted by'],
    ],
    endsItself: true,
    load: () => import('../commands/serveLogServer.ts'),
  },
  {
    path: 'serve metastore',
    summary: 'serve a `file` MetaStore over HTTP until told to stop',
    options: [
      ['--dir <DIR>', 'the directory that holds the registers'],
      ['--cluster-id <UUID>', 'take chains of this cluster only'],
      ['--host <HOST>', 'address to listen on (default: 127.0.0.1)'],
      ['--port <PORT>', 'port to listen on (default: a free one)'],
      ['--tokens <FILE>', 'bearer tokens and their roles; needed beyond loopback'],
      ['--tls-cert <FILE>', 'certificate chain; needed beyond loopback'],
      ['--tls-key <FILE>', 'its private key'],
    ],
    endsItself: true,
    load: () => import('../commands/serveMetaStore.ts'),
  },
];
