import type { CommandModule } from './app.ts';

/** One command: what `--help` needs to know, and where the rest is. Nothing here loads what a command uses. */
export interface CommandSpec {
  /** As typed: `backups list`. */
  readonly path: string;
  /** As commander writes them: `<LOG>`, `[ID]`, `<ID...>`. */
  readonly args?: string;
  readonly summary: string;
  /** flags, description, and `repeat` for an option that may be given several times. */
  readonly options?: readonly (readonly [flags: string, text: string, repeat?: 'repeat'])[];
  /** It ends by itself when interrupted, in its own order: main only tells it. */
  readonly endsItself?: true;
  readonly load: () => Promise<CommandModule>;
}

/** Titles of the commands that only group others. */
export const GROUPS: Readonly<Record<string, string>> = {
  log: 'the log itself, for checks and scripts',
  runs: 'journals of what was applied from this machine',
  sandbox: 'a local cluster of real processes to try things on',
  drill: 'game day: a real cluster, a disaster, the recovery, the checks',
  serve: 'the native servers',
  backups: 'what the repository holds',
};

export const COMMANDS: readonly CommandSpec[] = [
  {
    path: 'assess',
    summary: 'a read-only look at everything: what is wrong, what would be lost now, what to do',
    options: [
      ['--watch', 'look again and again; one line (or JSON document) each'],
      ['--interval <SECONDS>', 'pause between two looks (default: 5)'],
    ],
    load: () => import('./commands/assess.ts'),
  },
  {
    path: 'init',
    summary: 'write a configuration from what one server knows, asking for the rest',
    options: [
      ['--driver <KIND>', 'native (default)'],
      ['--address <URL>', 'address of any LogServer of the cluster'],
      ['--server <ID=URL>', 'address of another LogServer; may be repeated', 'repeat'],
      ['--name <NAME>', 'what to call the cluster'],
      ['--out <FILE>', 'file to write (default: vlog-dr.yaml); never overwritten'],
    ],
    load: () => import('./commands/init.ts'),
  },
  {
    path: 'doctor',
    summary: 'check configuration, reachability, credentials, clocks and versions',
    load: () => import('./commands/doctor.ts'),
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
    load: () => import('./commands/serveLogServer.ts'),
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
    load: () => import('./commands/serveMetaStore.ts'),
  },
  {
    path: 'backup',
    summary: 'write a snapshot of every chain to the repository, now; with --follow at every change',
    options: [
      ['--log <LOG>', 'only this log; may be repeated', 'repeat'],
      ['--follow', 'every version of every log, until told to stop; one line (or JSON document) each'],
      ['--check-every <SECONDS>', 'how often registers are held against the repository (default: 5)'],
      ['--assess-every <SECONDS>', 'how often margins and verdicts are measured (default: 60; 0: never)'],
      ['--metrics-port <PORT>', 'serve /metrics for Prometheus, and /health'],
      ['--metrics-host <HOST>', 'address for it (default: 127.0.0.1)'],
      ['--heartbeat-url <URL>', 'asked after every check that finds all logs backed up'],
      ['--no-verify-after-upload', 'do not read every snapshot back'],
    ],
    endsItself: true,
    load: () => import('./commands/backup.ts'),
  },
  {
    path: 'backups list',
    summary: 'the snapshots that the repository holds of this cluster',
    options: [['--log <LOG>', 'only of this log; may be repeated', 'repeat']],
    load: () => import('./commands/backupsList.ts'),
  },
  {
    path: 'backups show',
    args: '<ID>',
    summary: 'one snapshot, its digest checked',
    load: () => import('./commands/backupsShow.ts'),
  },
  {
    path: 'backups diff',
    args: '<FROM> <TO>',
    summary: 'what changed in the chain between two snapshots',
    load: () => import('./commands/backupsDiff.ts'),
  },
  {
    path: 'backups verify',
    summary: 'check digests, links and holes of all snapshots, and the newest against the MetaStore',
    options: [['--log <LOG>', 'only of this log; may be repeated', 'repeat']],
    load: () => import('./commands/backupsVerify.ts'),
  },
  {
    path: 'backups test-restore',
    args: '[ID...]',
    summary: 'restore the newest snapshots into a throw-away MetaStore, and hold them against what lives',
    load: () => import('./commands/backupsTestRestore.ts'),
  },
  {
    path: 'backups prune',
    summary: 'delete old snapshots, never the newest of a log; without --confirm only say which',
    options: [
      ['--keep <N>', 'keep so many of each log (default: 100)'],
      ['--older-than <DAYS>', 'delete only what is older'],
      ['--confirm', 'delete'],
    ],
    load: () => import('./commands/backupsPrune.ts'),
  },
  {
    path: 'verify',
    summary: 'read everything back: copies against each other, chain against loglets, backups against chain',
    options: [
      ['--apply', 'where nothing is lost, allow trim and collection again after a recovery'],
      ['--acked <FILE>', 'only what `sandbox load` recorded as acknowledged, by digest'],
    ],
    load: () => import('./commands/verify.ts'),
  },
  {
    path: 'log create',
    args: '<LOG>',
    summary: 'make a new log',
    load: () => import('./commands/logCreate.ts'),
  },
  {
    path: 'log append',
    args: '<LOG>',
    summary: 'append the lines of stdin, one entry each',
    load: () => import('./commands/logAppend.ts'),
  },
  {
    path: 'log read',
    args: '<LOG>',
    summary: 'print entries, one per line',
    options: [
      ['--from <POSITION>', 'first position (default: where the log starts)'],
      ['--to <POSITION>', 'first position not to read (default: as far as entries are determined)'],
      ['--limit <N>', 'at most so many entries (with --json 10000 unless told)'],
      ['--positions', 'print each position and a tab before its entry'],
    ],
    load: () => import('./commands/logRead.ts'),
  },
  {
    path: 'log tail',
    args: '<LOG>',
    summary: 'print the position that the next entry will get',
    load: () => import('./commands/logTail.ts'),
  },
  {
    path: 'log trim',
    args: '<LOG>',
    summary: 'give up everything below a position, for good; without --apply only say what',
    options: [
      ['--to <POSITION>', 'the first position to keep'],
      ['--apply', 'do it'],
    ],
    load: () => import('./commands/logTrim.ts'),
  },
  {
    path: 'rebuild-metastore',
    summary: 'rebuild lost chains from the loglets, and from whatever else is left that knows of them',
    options: [
      ['--from-loglets', 'ask the LogServers; always done'],
      [
        '--from-backup [ID...]',
        'use the repository; always done where there is one. ID (see `backups list`) adds that snapshot',
      ],
      ['--no-backup', 'do not ask the repository'],
      ['--from-caches <FILE...>', 'chains that clients had cached: files, or directories of them'],
      ['--from-metastore <DIR|URL...>', 'surviving members or copies of the lost MetaStore'],
      ['--from-data-dir <DIR...>', 'data directories of dead LogServers, read only'],
      ['--into <URL|DIR>', 'fill another MetaStore than the configured one'],
      ['--accept-loss <LOG...>', 'go on without entries that only silent servers may have'],
      ['--accept-unproven <LOG...>', 'apply although something could not be shown'],
      ['--old-metastore-destroyed', 'state that nothing can write to the old MetaStore any more'],
      ['--repository-destroyed', 'state that the repository a log requires is gone for good'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/rebuildMetastore.ts'),
  },
  {
    path: 'force-new-cluster',
    summary:
      'the majority of the MetaStore is lost: a new one, from what survived of it and from the loglets',
    options: [
      ['--data-dir <DIR>', 'data directory of a dead member, or a copy of one; only copied', 'repeat'],
      ['--snapshot <FILE>', 'made by `etcdctl snapshot save`; only copied', 'repeat'],
      ['--grow-to <N>', '1, 3, 5 or 7 members (default: all that the configuration names)'],
      ['--no-backup', 'do not ask the repository'],
      ['--from-caches <FILE...>', 'chains that clients had cached: files, or directories of them'],
      ['--from-data-dir <DIR...>', 'data directories of dead LogServers, read only'],
      ['--accept-loss <LOG...>', 'go on without entries that only silent servers may have'],
      ['--accept-unproven <LOG...>', 'apply although something could not be shown'],
      ['--old-metastore-destroyed', 'state that nothing can write to the old MetaStore any more'],
      ['--repository-destroyed', 'state that the repository a log requires is gone for good'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/forceNewCluster.ts'),
  },
  {
    path: 'seal',
    args: '<LOG>',
    summary: 'end appends to the last loglet of a log, with the servers that survive',
    options: [
      ['--loglet <ID>', 'another loglet of the log than its last one'],
      ['--metastore-down', 'seal although the MetaStore takes no writes: the log then waits for it'],
      ['--accept-loss <LOG>', 'go on without entries that only silent servers may have', 'repeat'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/seal.ts'),
  },
  {
    path: 'reconfigure',
    args: '<LOG>',
    summary: 'end the last loglet of a log and go on in a new one',
    options: [
      ['--servers <A,B,…>', 'exactly these servers', 'repeat'],
      ['--exclude <A,…>', 'any servers but these', 'repeat'],
      ['--durability <POLICY>', 'all, majority, count:K, spread:zone=Z,copies=K or any-of:a+b,a+c'],
      ['--nodeset-size <N>', 'how many servers, where they are chosen'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/reconfigure.ts'),
  },
  {
    path: 'fence',
    summary: 'bring servers that returned under the current generation',
    options: [
      ['--watch', 'go on until interrupted'],
      ['--every <SECONDS>', 'how often --watch looks (default: 5)'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    endsItself: true,
    load: () => import('./commands/fence.ts'),
  },
  {
    path: 'admit',
    args: '<SERVER>',
    summary: 'let a new or re-formatted store join the cluster',
    options: [
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/admit.ts'),
  },
  {
    path: 'retire',
    args: '<SERVER>',
    summary: 'take a server out of service for good, so that later verdicts stay provable',
    options: [
      ['--destroyed', 'state that every disk it ever had is destroyed'],
      ['--accept-loss <LOG>', 'go on without entries that no other server has', 'repeat'],
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/retire.ts'),
  },
  {
    path: 'apply',
    args: '<FILE>',
    summary: 'carry out a plan that was kept with --plan-out',
    load: () => import('./commands/apply.ts'),
  },
  {
    path: 'runs list',
    summary: 'what was applied to this cluster from this machine',
    load: () => import('./commands/runsList.ts'),
  },
  {
    path: 'runs show',
    args: '<ID>',
    summary: 'the steps of one run, and what became of each',
    load: () => import('./commands/runsShow.ts'),
  },
  {
    path: 'sandbox up',
    summary: 'start a cluster of real processes on this machine, in the background',
    options: [
      ['--dir <DIR>', 'where it lives; made if it is not there'],
      ['--servers <N>', 'LogServers (default: 5)'],
      ['--zones <N>', 'zones that they are spread over (default: 1)'],
      ['--logs <N>', 'logs to create (default: 1)'],
      ['--durability <POLICY>', 'all, majority, count:K, spread:zone=Z,copies=K (default: all)'],
      ['--nodeset-size <N>', 'servers of one loglet (default: 3)'],
      [
        '--min-nodeset-size <N>',
        'the fewest that a successor may have (default: a majority of all servers, at most the nodeset)',
      ],
      ['--metastore <KIND>', 'file (default) or etcd: three real members'],
      ['--repo <URL>', 'backup repository: file:///dir or s3://bucket/prefix'],
      ['--repo-mode <MODE>', 'required, best-effort (default) or off'],
      ['--repo-endpoint <URL>', 'address of an S3-compatible store; implies path style'],
      ['--repo-region <REGION>', 'its region'],
    ],
    endsItself: true,
    load: () => import('./commands/sandboxUp.ts'),
  },
  {
    path: 'sandbox status',
    summary: 'which processes run, where, with which pids',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('./commands/sandboxStatus.ts'),
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
    ],
    endsItself: true,
    load: () => import('./commands/sandboxLoad.ts'),
  },
  {
    path: 'sandbox kill',
    args: '<ID...>',
    summary: 'kill processes with SIGKILL',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('./commands/sandboxKill.ts'),
  },
  {
    path: 'sandbox pause',
    args: '<ID...>',
    summary: 'stop processes with SIGSTOP: they keep their connections and answer nothing',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('./commands/sandboxPause.ts'),
  },
  {
    path: 'sandbox resume',
    args: '<ID...>',
    summary: 'let paused processes go on (SIGCONT)',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('./commands/sandboxResume.ts'),
  },
  {
    path: 'sandbox start',
    args: '<ID...>',
    summary: 'start stopped processes on the addresses they had',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('./commands/sandboxStart.ts'),
  },
  {
    path: 'sandbox wipe',
    args: '<ID...>',
    summary: 'kill processes and delete their data, as a replaced disk would',
    options: [['--dir <DIR>', 'the sandbox']],
    load: () => import('./commands/sandboxWipe.ts'),
  },
  {
    path: 'sandbox lose-metastore',
    summary: 'kill the MetaStore, delete its data, start an empty one on the same address',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--stay-down', 'start none'],
      ['--keep <N>', 'so many members go on with their data (default: 0)'],
    ],
    load: () => import('./commands/sandboxLoseMetaStore.ts'),
  },
  {
    path: 'sandbox down',
    summary: 'stop everything; data stays',
    options: [
      ['--dir <DIR>', 'the sandbox'],
      ['--delete', 'delete the directory too'],
    ],
    load: () => import('./commands/sandboxDown.ts'),
  },
  {
    path: 'repair',
    summary: 'make the copies of ended segments whole again, from the copies that are',
    options: [
      ['--plan-out <FILE>', 'keep the plan in a new file, for `vlog-dr apply FILE`'],
      ['--apply', 'carry the plan out, after showing it and asking'],
    ],
    load: () => import('./commands/repair.ts'),
  },
  {
    path: 'runs resume',
    args: '<ID>',
    summary: 'go on with a run that was killed or stopped',
    load: () => import('./commands/runsResume.ts'),
  },
  {
    path: 'drill list',
    summary: 'the disasters that can be tried',
    load: () => import('./commands/drillList.ts'),
  },
  {
    path: 'drill run',
    args: '<SCENARIO>',
    summary: 'a real cluster, a disaster, the recovery, the checks; prints RTO, RPO and verdict',
    options: [
      ['--seed <N>', 'what varies is varied the same way again'],
      ['--metastore <KIND>', 'file (default) or etcd: three real members'],
      ['--repo <URL>', 'with a backup repository, in the path of every reconfiguration'],
      ['--keep', 'keep the directory of the cluster'],
    ],
    endsItself: true,
    load: () => import('./commands/drillRun.ts'),
  },
  {
    path: 'schema',
    args: '[NAME...]',
    summary: 'print the JSON Schema of a `--json` result; without a name, list them',
    load: () => import('./commands/schema.ts'),
  },
  {
    path: 'completion',
    args: '<SHELL>',
    summary: 'print a completion script for bash, zsh or fish',
    load: () => import('./commands/completion.ts'),
  },
];
