import type { CommandSpec } from './spec.ts';

/** Of the verbs that do one thing to some processes of a sandbox. */
const MEMBERS: NonNullable<CommandSpec['options']> = [
  ['--dir <DIR>', 'the sandbox'],
  ['--zone <ZONE>', 'all LogServers of this zone'],
];

/** A local cluster, and accidents on it. */
export const SANDBOX: readonly CommandSpec[] = [
  {
    path: 'sandbox up',
    summary: 'start a cluster of real processes on this machine, in the background',
    options: [
      ['--dir <DIR>', 'where it lives; made if it is not there'],
      ['--driver <KIND>', 'native (default) or restate: real Restate nodes, and counters deployed on them'],
      ['--servers <N>', 'LogServers (default: 5), or Restate nodes (default: 3)'],
      ['--zones <N>', 'zones that they are spread over (default: 1)'],
      ['--logs <N>', 'logs to create (default: 1)'],
      ['--durability <POLICY>', 'all, majority, count:K, spread:zone=Z,copies=K (default: all)'],
      ['--nodeset-size <N>', 'servers of one loglet (default: 3)'],
      [
        '--min-nodeset-size <N>',
        'the fewest that a successor may have (default: a majority of all servers, at most the nodeset)',
      ],
      ['--metastore <KIND>', 'file (default; builtin for Restate) or etcd: three real members'],
      ['--metadata-nodes <N>', 'Restate: so many nodes that hold its own metadata store and nothing else'],
      ['--repo <URL>', 'backup repository: file:///dir or s3://bucket/prefix'],
      ['--repo-mode <MODE>', 'required, best-effort (default) or off'],
      ['--repo-endpoint <URL>', 'address of an S3-compatible store; implies path style'],
      ['--repo-region <REGION>', 'its region'],
    ],
    endsItself: true,
    load: () => import('../commands/sandboxUp.ts'),
  },
  {
    path: 'sandbox status',
    summary: 'which processes run, where, with which pids',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('../commands/sandboxStatus.ts'),
  },
  {
    path: 'sandbox load',
    summary: 'append numbered entries and record the acknowledged ones in DIR/acked.jsonl',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--log <LOG>', 'which log (default: 1)'],
      ['--entries <N>', 'how many (default: 1000)'],
      ['--size <BYTES>', 'size of each (default: 100)'],
      ['--reconfigure-every <N>', 'make a new loglet after so many entries'],
      ['--forever', 'until killed or interrupted'],
      ['--check', 'Restate: every counter against what its callers were told, and no more calls'],
    ],
    endsItself: true,
    load: () => import('../commands/sandboxLoad.ts'),
  },
  {
    path: 'sandbox kill',
    args: '[ID...]',
    summary: 'kill processes with SIGKILL',
    options: MEMBERS,
    load: () => import('../commands/sandboxKill.ts'),
  },
  {
    path: 'sandbox pause',
    args: '[ID...]',
    summary: 'stop processes with SIGSTOP: they keep their connections and answer nothing',
    options: MEMBERS,
    load: () => import('../commands/sandboxPause.ts'),
  },
  {
    path: 'sandbox resume',
    args: '[ID...]',
    summary: 'let paused processes go on (SIGCONT)',
    options: MEMBERS,
    load: () => import('../commands/sandboxResume.ts'),
  },
  {
    path: 'sandbox start',
    args: '[ID...]',
    summary: 'start stopped processes on the addresses they had',
    options: MEMBERS,
    load: () => import('../commands/sandboxStart.ts'),
  },
  {
    path: 'sandbox wipe',
    args: '[ID...]',
    summary: 'kill processes and delete their data, as a replaced disk would',
    options: MEMBERS,
    load: () => import('../commands/sandboxWipe.ts'),
  },
  {
    path: 'sandbox lose-metastore',
    summary: 'kill the MetaStore, delete its data, start an empty one on the same address',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--stay-down', 'start none'],
      ['--keep <N>', 'so many members go on with their data (default: 0)'],
      ['--restore-copy', 'it comes back as old as the copy made by `copy-metastore`'],
    ],
    load: () => import('../commands/sandboxLoseMetaStore.ts'),
  },
  {
    path: 'sandbox copy-metastore',
    summary: 'put a copy of the registers aside, as an old backup; or serve it as a second control plane',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--serve', 'on an address of its own, with a configuration of its own'],
    ],
    load: () => import('../commands/sandboxCopyMetastore.ts'),
  },
  {
    path: 'sandbox corrupt',
    args: '<ID>',
    summary: 'flip bits in entries on the disk of a LogServer, as a bad disk would',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--log <LOG>', 'which log (default: 1)'],
      ['--entries <N>', 'how many, the oldest first (default: 1)'],
    ],
    load: () => import('../commands/sandboxCorrupt.ts'),
  },
  {
    path: 'sandbox strand',
    summary: 'leave a reconfiguration half done: the last loglet sealed, its successor not installed',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--log <LOG>', 'which log (default: 1)'],
    ],
    load: () => import('../commands/sandboxStrand.ts'),
  },
  {
    path: 'sandbox down',
    summary: 'stop everything; data stays',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--delete', 'delete the directory too'],
    ],
    load: () => import('../commands/sandboxDown.ts'),
  },
];
