import { PutObjectCommand } from '@aws-sdk/client-s3';
import { encodeRegister } from '../src/codec/metastore.ts';
import { logId } from '../src/core/ids.ts';
import type { Benchmark } from './harness/benchmark.ts';
import { BenchCluster } from './harness/cluster.ts';
import { interleaved, statisticsOf } from './harness/measure.ts';
import { s3Missing, startS3 } from './harness/s3Peer.ts';

const SLACK_MS = 2;

/** What a required snapshot adds to a reconfiguration. */
export const backupInPath: Benchmark = {
  name: 'backup-in-path',
  async run(setting) {
    const missing = s3Missing();
    if (missing.length > 0) return { lines: [], missing };
    const s3 = await startS3(setting);
    const cluster = await BenchCluster.up(setting, 'one', ...s3.flags, '--repo-mode', 'required');
    const { policy } = cluster.connection.cluster;
    const backed = cluster.log();
    const bare = await cluster.create(logId('bare'), { policy: { ...policy, snapshots: { mode: 'off' } } });
    let puts = 0;
    const put = async () => {
      // As large as the snapshot of the same round.
      const Body = encodeRegister(backed.logId, await backed.chain());
      const began = performance.now();
      puts += 1;
      await s3.client.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `put/${puts}`, Body }));
      return performance.now() - began;
    };
    const found = await interleaved(
      [
        { name: 'with', run: () => backed.reconfigure() },
        { name: 'without', run: () => bare.reconfigure() },
        { name: 'put', run: put },
      ],
      { rounds: setting.quick ? 5 : 60 },
    );
    const [withIt, without, onePut] = [found.get('with'), found.get('without'), found.get('put')];
    if (withIt === undefined || without === undefined || onePut === undefined)
      throw new Error('nothing was measured');
    const over = await statisticsOf(withIt.samples.map((ms) => Math.max(0, ms - without.median)));
    const overhead = { ...over, median: withIt.median - without.median };
    const goal = {
      says: `≤ one PUT + ${SLACK_MS} ms`,
      met: overhead.median <= onePut.median + SLACK_MS,
    };
    const peer = { name: 'one PUT', measured: onePut };
    return {
      lines: [
        {
          what: 'overhead of `required`',
          ours: overhead,
          peer,
          ratio: overhead.median / onePut.median,
          goal,
        },
        {
          what: 'reconfiguration with it',
          ours: withIt,
          peer: { name: 'without', measured: without },
          ratio: withIt.median / without.median,
        },
      ],
    };
  },
};
