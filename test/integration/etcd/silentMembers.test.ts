import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ForceNewClusterPlan } from '../../../src/codec/plans/forceNewCluster.ts';
import { freePorts } from '../../../src/sandbox/ports.ts';
import { CliSandbox } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';

type Plan = ForceNewClusterPlan & {
  readonly applied: boolean;
  readonly health: readonly { state: string }[];
};
interface Failure {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string };
}

const FORCE = ['force-new-cluster'] as const;
const APPLY = [...FORCE, '--apply', '--yes'] as const;
const DESTROYED = '--old-metastore-destroyed';

describeWith(['etcd', 'etcdctl'], 'members that are silent from here, and live', () => {
  let sandbox: CliSandbox;
  beforeEach(async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--zones', '3', '--metastore', 'etcd');
    await sandbox.must(0, 'sandbox', 'load', '--entries', '20', '--reconfigure-every', '10');
  }, 120_000);
  afterEach(() => sandbox.down());

  it('a majority that this machine does not reach may serve others: nothing is done without a statement', async () => {
    const config = parse(await sandbox.text('vlog-dr.yaml'));
    const { localRunDir: _, ...metaStore } = config.metaStore;
    const closed = (await freePorts(3)).map((port) => `http://127.0.0.1:${port}`);
    const members = metaStore.members.map((member: object, place: number) => ({
      ...member,
      clientUrl: closed[place],
    }));
    const file = sandbox.file('from-elsewhere.yaml');
    await writeFile(file, stringify({ ...config, metaStore: { ...metaStore, endpoints: closed, members } }));

    const plan = await sandbox.json<Plan>(3, ...FORCE, '--config', file);
    expect(plan).toMatchObject({ decision: 'refuse', needs: [DESTROYED], given: [], actions: [] });
    const { error } = await sandbox.json<Failure>(4, ...APPLY, '--config', file);
    expect(error.code).toBe('E_CONSENT_MISSING');
    expect(error.message).toMatch(/m1, m2, m3 do not answer from here.*two control planes/);
    expect(error.hint).toContain(DESTROYED);
    // They do live, and were left alone.
    expect(await sandbox.json<Plan>(0, ...FORCE)).toMatchObject({ decision: 'nothing to do' });
    expect(await sandbox.json<Plan>(0, ...FORCE, DESTROYED, '--config', file)).toMatchObject({
      decision: 'apply',
      given: [DESTROYED],
    });
  }, 120_000);

  it('stopped in their tracks on this machine, they are ended once it is stated that they are', async () => {
    await sandbox.must(0, 'sandbox', 'pause', 'm2', 'm3');
    const { error } = await sandbox.json<Failure>(4, ...APPLY);
    expect(error.message).toContain('m2, m3 do not answer from here');
    await sandbox.must(0, 'sandbox', 'resume', 'm2', 'm3');
    expect(await sandbox.json<Plan>(0, ...FORCE)).toMatchObject({ decision: 'nothing to do' });
    await sandbox.must(0, 'sandbox', 'pause', 'm2', 'm3');
    const forced = await sandbox.json<Plan>(0, ...APPLY, DESTROYED);
    expect(forced.health.map(({ state }) => state)).toEqual(['serves', 'serves', 'serves']);
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
  }, 300_000);

  it('the plan says where the members will stand, and what they will not survive', async () => {
    const text = (await sandbox.text('vlog-dr.yaml')).replace(
      'stateDir: state',
      'tolerate: {zone: 1}\nstateDir: state',
    );
    await writeFile(sandbox.file('tolerant.yaml'), text);
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--keep', '1');
    const planned = (growTo: string, code: number) =>
      sandbox.json<Plan>(code, ...FORCE, '--grow-to', growTo, '--config', sandbox.file('tolerant.yaml'));
    const three = await planned('3', 0);
    expect(three.placement?.members.map(({ name, location }) => `${name} ${location}`)).toEqual([
      'm1 local/z1',
      'm2 local/z2',
      'm3 local/z3',
    ]);
    expect(three.placement?.fatal.losses).toContainEqual({ level: 'zone', names: ['local/z1', 'local/z2'] });
    const one = await planned('1', 3);
    expect(one.problems.join()).toContain('zone local/z1, which the configuration tolerates');
  }, 120_000);
});
