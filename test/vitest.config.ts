import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The acceptance stories of recovery, nonsense, and every command's JSON, told again with etcd as the MetaStore. */
const ON_ETCD = [
  'test/integration/recovery/*.test.ts',
  'test/cli/nonsense.test.ts',
  'test/cli/schemas.test.ts',
];

/** Nodes that get no processor time take each other for dead, and without a store nobody leads again: these run alone. */
const ON_RESTATE = ['test/integration/restate/*.test.ts'];

/** As `test/support/programs.ts`: where everything is required, what is missing fails. */
const runsEtcd =
  process.env.VLOG_DR_REQUIRE_ALL === '1' || ['etcd', 'etcdctl'].every((program) => isInPath(program));
if (!runsEtcd) console.warn('tests skipped: recoveries on etcd (apt-get install etcd-server etcd-client)');

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // Most of a run is waiting for processes: two at a time also on two cores.
    maxWorkers: 2,
    // Bounds against a hang, not expectations: machines are shared and slow.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    globalSetup: ['test/support/s3/globalSetup.ts'],
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: ON_RESTATE } },
      {
        extends: true,
        test: { name: 'restate', include: ON_RESTATE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
      ...(runsEtcd
        ? [
            {
              extends: true as const,
              test: { name: 'etcd', include: ON_ETCD, env: { TEST_METASTORE: 'etcd' } },
            },
          ]
        : []),
    ],
  },
});

function isInPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
