import { afterAll, beforeAll, expect, test } from 'vitest';
import { RestateSandbox } from '../../support/restate.ts';

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('etcd');
});
afterAll(() => sandbox.down());

interface Plan {
  readonly decision: string;
  readonly needs: readonly string[];
  readonly forced: { readonly possiblyLost: readonly { from: string; to?: string }[] };
  readonly result?: { readonly writable: boolean; readonly tail: string };
}

/** Two partitions, each kept on two of three nodes: one keeps both. Another would have to read what only the dead ones have. */
async function othersThanTheKeeper(): Promise<string[]> {
  const [ids, partitions = []] = await Promise.all([sandbox.idsByName(), sandbox.cluster.partitions()]);
  const keepsAll = (id: number) =>
    partitions.every(({ currentReplicaSet }) => currentReplicaSet.includes(id));
  const keeper = [...ids].find(([, id]) => keepsAll(id))?.[0];
  return ['n1', 'n2', 'n3'].filter((name) => name !== keeper);
}

test('with the store down nothing is sealed, and calls go on', async () => {
  const load = sandbox.startLoad();
  await sandbox.until(load, 40);
  await sandbox.settled();
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore', '--stay-down');
  for (const command of ['seal', 'reconfigure']) {
    const refused = await sandbox.cli.run([command, '0', '--apply', '--yes']);
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('seals on the log-servers first');
  }
  await sandbox.until(load, 40);
  await sandbox.stopLoad();
  expect(load.unknown, load.whyUnknown).toBe(0);
  await sandbox.cli.must(0, 'sandbox', 'start', 'm1', 'm2', 'm3');
  await sandbox.cli.json(0, 'rebuild-metastore', '--from-loglets', '--apply', '--yes');
});

test('two of three log-servers dead: declared lost, sealed with who answers, and the log takes records again', async () => {
  await sandbox.until(sandbox.startLoad(), 60);
  // A record that only the dead ones have would stop its partition for good on a node that had not applied it.
  await sandbox.applied();
  const before = await Promise.all([0, 1].map((logId) => sandbox.cluster.findTail(logId)));
  const dead = await othersThanTheKeeper();
  await sandbox.cli.must(0, 'sandbox', 'kill', ...dead);
  const asked = await sandbox.cli.json<Plan>(3, 'reconfigure', '0');
  expect(asked.decision).toBe('refuse');
  const wanted = ['--accept-loss 0', '--accept-loss 1', ...dead.map((name) => `--lost ${name}`)];
  expect([...asked.needs].sort()).toEqual(wanted.sort());

  const given = [...wanted, '--replication 1'].flatMap((flag) => flag.split(' '));
  const done = await sandbox.cli.json<Plan>(3, 'reconfigure', '0', ...given, '--apply', '--yes');
  expect(done.result, JSON.stringify(done)).toMatchObject({ writable: true });
  // Whatever was acknowledged and is not there any more lies in what was named.
  const [from] = done.forced.possiblyLost.filter(({ to }) => to === undefined).map((one) => BigInt(one.from));
  const tail = BigInt(done.result?.tail ?? 0);
  expect(from !== undefined && from <= (before[0]?.lsn ?? 0n)).toBe(true);
  expect(tail >= (from ?? 0n)).toBe(true);
  // Restate mostly lets the other log go on by itself, now that the dead ones are declared; an operator does not wait for it.
  const other = await sandbox.cli.run(['reconfigure', '1', ...given, '--apply', '--yes', '--json']);
  expect([0, 3], `${other.stdout}${other.stderr}`).toContain(other.code);
  const load = sandbox.startLoad();
  await sandbox.until(load, 40);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
});
