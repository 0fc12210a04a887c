import { randomFillSync } from 'node:crypto';
import { dataPrefix } from '../src/archive/keys.ts';
import { lastSegment } from '../src/core/chain.ts';
import type { VirtualLog } from '../src/virtuallog/VirtualLog.ts';
import type { Benchmark, Line, Setting } from './harness/benchmark.ts';
import { BenchCluster, LOG } from './harness/cluster.ts';
import { bareDownload, bareUpload, dataFile, deleteBelow, MIB, Restic } from './harness/dataPeers.ts';
import { interleaved, perSecond, type Work } from './harness/measure.ts';
import { HOW_TO_GET, vlogDr } from './harness/programs.ts';
import { type S3Peer, s3Missing, startS3 } from './harness/s3Peer.ts';

const GOAL = 0.9;
const ENTRY_BYTES = 4_096;
const BATCH = 256;

interface Stage {
  readonly cluster: BenchCluster;
  readonly s3: S3Peer;
  readonly log: VirtualLog;
  /** Of entries, all of them in the first segment. */
  readonly mebibytes: number;
  /** Where the entries of the log lie in the bucket. */
  readonly prefix: string;
  readonly restic: Restic | undefined;
  readonly file: string;
}

/** `backup --data`, the whole command, of a log of which nothing is in the repository yet. */
export const dataBackup: Benchmark = {
  name: 'data-backup',
  async run(setting) {
    if (s3Missing().length > 0) return { lines: [], missing: s3Missing() };
    const stage = await filledLog(setting);
    const { s3, restic, file, prefix, cluster } = stage;
    const backup = ['--config', cluster.config, 'backup', '--data', '--json'];
    const works: Work[] = [
      { name: 'ours', before: () => deleteBelow(s3, prefix), run: () => vlogDr(backup) },
      {
        name: 'bare',
        run: () => bareUpload(s3, file, 'bare'),
        after: () => deleteBelow(s3, 'bare'),
      },
    ];
    if (restic !== undefined)
      works.push({ name: 'restic', before: () => restic.fresh(), run: () => restic.backup() });
    return { ...(await compared(setting, stage, works, 'a multipart upload')), ...missing(restic) };
  },
};

/**
 * A log whose servers are all gone, read from the repository: the plan of `restore`, the whole command, which holds every
 * byte against its digest; and every entry read in order once it is applied.
 */
export const dataRestore: Benchmark = {
  name: 'data-restore',
  async run(setting) {
    if (s3Missing().length > 0) return { lines: [], missing: s3Missing() };
    const stage = await filledLog(setting);
    const { s3, restic, prefix, cluster, log } = stage;
    const command = (...args: string[]) => ['--config', cluster.config, ...args, '--json'];
    setting.say('backing up, and losing the servers');
    await vlogDr(command('backup', '--data'));
    await restic?.fresh();
    await restic?.backup();
    const [first] = (await log.chain()).segments;
    await cluster.sandbox('wipe', ...(first?.nodeset ?? []).map(({ serverId }) => serverId));
    const bare: Work = {
      name: 'bare',
      run: async () => {
        const bytes = await bareDownload(s3, prefix);
        if (bytes < stage.mebibytes * MIB) throw new Error(`${bytes} bytes are in the repository`);
      },
    };
    const others: Work[] = restic === undefined ? [] : [{ name: 'restic', run: () => restic.restore() }];
    const plan: Work = { name: 'ours', run: () => vlogDr(command('restore', LOG)) };
    const planned = await compared(setting, stage, [plan, bare, ...others], 'bare GETs');
    await vlogDr(command('restore', LOG, '--apply', '--yes'));
    const read = { name: 'ours', run: () => readAll(cluster.log(), stage.mebibytes) };
    const through = await compared(setting, stage, [read, bare], 'bare GETs');
    return {
      ...missing(restic),
      lines: [
        ...planned.lines.map((line) => ({ ...line, what: `plan, ${line.what}` })),
        ...through.lines.map((line) => ({ ...line, what: `every entry read, ${line.what}` })),
      ],
    };
  },
};

async function filledLog(setting: Setting): Promise<Stage> {
  const mebibytes = setting.sizeMib ?? (setting.quick ? 16 : 1_024);
  const s3 = await startS3(setting);
  const cluster = await BenchCluster.up(setting, 'one', '--servers', '6', ...s3.flags);
  const log = cluster.log();
  setting.say(`writing ${mebibytes} MiB`);
  for (let written = 0; written < mebibytes; written += (BATCH * ENTRY_BYTES) / MIB)
    await log.append(Array.from({ length: BATCH }, () => randomFillSync(Buffer.alloc(ENTRY_BYTES))));
  const before = lastSegment(await log.chain()).logletId;
  await log.reconfigure();
  if (lastSegment(await log.chain()).logletId === before) throw new Error('the log was not reconfigured');
  const file = await dataFile(setting, mebibytes);
  const prefix = `dr/${dataPrefix(cluster.connection.cluster.clusterId, LOG)}`;
  return { cluster, s3, log, mebibytes, prefix, file, restic: Restic.find(setting, file) };
}

async function readAll(log: VirtualLog, mebibytes: number): Promise<void> {
  let count = 0;
  for await (const _ of log.read()) count += 1;
  const wanted = (mebibytes * MIB) / ENTRY_BYTES;
  if (count !== wanted) throw new Error(`${count} of ${wanted} entries were read`);
}

function missing(restic: Restic | undefined): { missing?: string[] } {
  return restic === undefined ? { missing: [HOW_TO_GET.restic ?? 'restic'] } : {};
}

/** Above it a round takes minutes. */
const LARGE_MIB = 2_048;

/** Rates; above the goal is better. */
async function compared(setting: Setting, { mebibytes }: Stage, works: Work[], bareName: string) {
  const found = await interleaved(works, { rounds: setting.quick ? 1 : mebibytes > LARGE_MIB ? 3 : 5 });
  const rate = (name: string) => {
    const measured = found.get(name);
    return measured && perSecond(measured, mebibytes, 'MiB');
  };
  const [ours, bare, restic] = [rate('ours'), rate('bare'), rate('restic')];
  if (ours === undefined || bare === undefined) throw new Error('nothing was measured');
  const what = `${mebibytes} MiB in entries of 4 KiB`;
  const ratio = ours.median / bare.median;
  const lines: Line[] = [
    {
      ...{ what, ours, peer: { name: bareName, measured: bare }, ratio },
      goal: { says: `≥ ${GOAL} ×`, met: ratio >= GOAL },
    },
  ];
  if (restic !== undefined) {
    const beside = ours.median / restic.median;
    const peer = { name: 'restic, in a directory', measured: restic };
    lines.push({ what, ours, peer, ratio: beside, goal: { says: '> 1 ×', met: beside > 1 } });
  }
  return { lines };
}
