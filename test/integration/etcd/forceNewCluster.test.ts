import { cp, readFile, rename, writeFile } from 'node:fs/promises';
import { afterEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ForceNewClusterPlan } from '../../../src/codec/plans/forceNewCluster.ts';
import { CliSandbox } from '../../support/cli.ts';
import { describeWith } from '../../support/programs.ts';

type Plan = ForceNewClusterPlan & {
  readonly applied: boolean;
  readonly health: readonly { name: string; state: string }[];
  readonly moved: readonly { name: string; movedTo?: string }[];
  readonly durationMs: number;
};

const FORCE = ['force-new-cluster'];
const APPLY = [...FORCE, '--apply', '--yes'];

let sandbox: CliSandbox;
afterEach(() => sandbox.down());

const load = (entries: string, ...more: string[]) =>
  sandbox.must(0, 'sandbox', 'load', '--log', '1', '--entries', entries, ...more);
const everythingAcknowledgedIsThere = () => sandbox.must(0, 'verify', '--acked', sandbox.file('acked.jsonl'));
const serving = (plan: Plan) => plan.health.filter(({ state }) => state === 'serves').map(({ name }) => name);

/** A configuration whose client addresses are those of some members only. */
async function seenThrough(...members: string[]): Promise<string> {
  const config = parse(await sandbox.text('vlog-dr.yaml'));
  const { metaStore } = config;
  metaStore.endpoints = metaStore.members
    .filter(({ name }: { name: string }) => members.includes(name))
    .map(({ clientUrl }: { clientUrl: string }) => clientUrl);
  const file = sandbox.file(`through-${members.join('-')}.yaml`);
  await writeFile(file, stringify(config));
  return file;
}

describeWith(['etcd', 'etcdctl'], 'two of three etcd members and their data are gone', () => {
  it('appends go on; three members serve again, the log can be reconfigured, no acknowledged entry is lost', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    const running = sandbox.startLoad('1');
    await running.acknowledged(50);
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--keep', '1');
    await running.acknowledged(running.count + 50);

    const forced = await sandbox.json<Plan>(0, ...APPLY);
    expect(forced).toMatchObject({ applied: true, start: 'survivor', stale: [] });
    expect(forced.rebuild.logs[0]).toMatchObject({ verdict: 'proven', lastSegment: 'active' });
    expect(forced.survivors).toMatchObject([{ name: 'm1', origin: 'member', chosen: true }]);
    expect(serving(forced)).toEqual(['m1', 'm2', 'm3']);
    expect(forced.durationMs).toBeGreaterThan(0);
    // Nothing is deleted: what the survivor was is still there.
    expect(forced.moved.find(({ name }) => name === 'm1')?.movedTo).toContain('m1');

    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await running.acknowledged(running.count + 50);
    expect(await running.stop()).toMatchObject({ failed: 0, unknown: 0 });
    await everythingAcknowledgedIsThere();
    // Another member dies: this majority is a real one.
    await sandbox.must(0, 'sandbox', 'kill', 'm1');
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await sandbox.must(0, 'sandbox', 'start', 'm1');
    expect(await sandbox.json<Plan>(0, ...FORCE)).toMatchObject({ decision: 'nothing to do' });
  }, 300_000);
});

describeWith(['etcd', 'etcdctl'], 'the survivor is stale, and the old majority comes back', () => {
  it('is completed from the loglets; the old majority can install nothing, and is reported', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    await sandbox.must(0, 'sandbox', 'kill', 'm1');
    await load('300', '--reconfigure-every', '100');
    await sandbox.must(0, 'sandbox', 'kill', 'm2', 'm3');
    // Where this machine cannot see them: they will come back as they were.
    const away = async (id: string) => rename(sandbox.file('metastore', id), sandbox.file(`${id}.away`));
    await Promise.all(['m2', 'm3'].map(away));

    const forced = await sandbox.json<Plan>(0, ...APPLY, '--grow-to', '1');
    expect(forced.survivors).toMatchObject([{ name: sandbox.file('metastore', 'm1'), chosen: true }]);
    expect(forced.stale).toEqual([{ logId: '1', knew: 1, segmentsUnknown: 2 }]);
    expect(forced.rebuild.logs[0]).toMatchObject({ verdict: 'proven' });
    expect(serving(forced)).toEqual(['m1']);
    await everythingAcknowledgedIsThere();

    for (const id of ['m2', 'm3']) await rename(sandbox.file(`${id}.away`), sandbox.file('metastore', id));
    await sandbox.must(0, 'sandbox', 'start', 'm2', 'm3');
    const old = await seenThrough('m2', 'm3');
    const refused = await sandbox.json<{ error: { code: string } }>(
      ...([4, 'reconfigure', '1', '--config', old, '--apply', '--yes'] as const),
    );
    expect(refused.error.code).toBe('E_STALE_GENERATION');

    const seen = await sandbox.json<Plan>(3, ...FORCE, '--grow-to', '3');
    expect(seen.members.map(({ name, old }) => [name, old])).toEqual([
      ['m1', false],
      ['m2', true],
      ['m3', true],
    ]);
    // What it knows is evidence, and no reason to change registers that are right.
    expect(seen.rebuild.logs.map(({ decision }) => decision)).toEqual(['nothing to do']);
    expect(seen.additions.map(({ name }) => name)).toEqual(['m2', 'm3']);
    await sandbox.must(0, 'reconfigure', '1', '--config', await seenThrough('m1'), '--apply', '--yes');
    await everythingAcknowledgedIsThere();
  }, 300_000);
});

describeWith(['etcd', 'etcdctl'], 'all members and their data are gone', () => {
  it('with an empty repository the loglets alone fill fresh members', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    await load('300', '--reconfigure-every', '100');
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--stay-down');
    const forced = await sandbox.json<Plan>(0, ...APPLY, '--grow-to', '1');
    expect(forced).toMatchObject({ start: 'empty', survivors: [] });
    expect(forced.rebuild.logs[0]?.segments).toHaveLength(3);
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await everythingAcknowledgedIsThere();
  }, 300_000);

  it('of old copies the newest is chosen, a damaged one is not used, and a newer repository completes it', async () => {
    sandbox = await CliSandbox.up(
      ...['--servers', '4', '--metastore', 'etcd', '--repo', 'file:///REPO', '--repo-mode', 'required'],
    );
    await load('100');
    const old = await copyOfMember('m1', 'oldest');
    await load('100', '--reconfigure-every', '50');
    const newer = await copyOfMember('m2', 'newer');
    await load('200', '--reconfigure-every', '100');
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--stay-down');
    const damaged = sandbox.file('damaged.db');
    const bytes = await readFile(sandbox.file('newer', 'member', 'snap', 'db'));
    await writeFile(damaged, Buffer.concat([bytes, Buffer.alloc(32)]));
    // The last loglet was on three of the four: with one of them left, only the repository says that it is the last.
    const { logs } = await sandbox.json<{ logs: { segments: { responders: string[] }[] }[] }>(
      ...([0, 'rebuild-metastore', '--into', sandbox.file('elsewhere')] as const),
    );
    const [survivor = ''] = logs[0]?.segments.at(-1)?.responders ?? [];
    const dead = ['s1', 's2', 's3', 's4'].filter((id) => id !== survivor);
    await sandbox.must(0, 'sandbox', 'kill', ...dead);

    const given = ['--data-dir', old, '--snapshot', damaged, '--data-dir', newer];
    // Attention: of earlier segments nobody who answers has the entries.
    const plan = await sandbox.json<Plan>(3, ...FORCE, ...given);
    expect(plan.survivors.filter((one) => one.chosen).map(({ name }) => name)).toEqual([newer]);
    expect(plan.survivors.find(({ name }) => name === damaged)?.problems[0]).toContain('its own digest');
    expect(plan.stale[0]?.segmentsUnknown).toBeGreaterThan(0);
    expect(plan.rebuild.logs[0]).toMatchObject({ verdict: 'proven', endProof: 'repository fence' });
    expect(plan.rebuild.logs[0]?.segments.at(-1)?.evidence.join()).toContain('snapshot');

    await sandbox.must(0, 'sandbox', 'start', ...dead);
    const forced = await sandbox.json<Plan>(0, ...APPLY, ...given, '--grow-to', '1');
    expect(forced.start).toBe('survivor');
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await everythingAcknowledgedIsThere();
  }, 300_000);

  async function copyOfMember(id: string, name: string): Promise<string> {
    await sandbox.must(0, 'sandbox', 'kill', id);
    await cp(sandbox.file('metastore', id), sandbox.file(name), { recursive: true });
    await sandbox.must(0, 'sandbox', 'start', id);
    return sandbox.file(name);
  }
});

describeWith(['etcd', 'etcdctl'], 'force-new-cluster is killed with -9', () => {
  it('goes on when it is resumed, and finds its own work when it is run anew', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    await load('20');
    const force = [...APPLY, '--grow-to', '1'];
    await sandbox.must(0, 'sandbox', 'lose-metastore', '--keep', '1');
    // In the middle of the reconciliation, behind the fence.
    expect((await sandbox.run(force, { killAtRecord: 9 })).signal).toBe('SIGKILL');
    const { runs } = await sandbox.json<{ runs: { runId: string }[] }>(0, 'runs', 'list');
    await sandbox.must(0, 'runs', 'resume', runs.at(-1)?.runId ?? '');
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await sandbox.must(0, 'sandbox', 'kill', 'm1');
    // A second disaster: the one member's data is in the way of nothing, and its process is gone.
    expect((await sandbox.run(force, { killAtRecord: 16 })).signal).toBe('SIGKILL');
    await sandbox.must(0, ...force);
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await everythingAcknowledgedIsThere();
  }, 300_000);
});

describeWith(['etcd', 'etcdctl'], 'what cannot be done is said before anything is changed', () => {
  it('a data directory in use, one that is none, too many members, a wrong path', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    const codeOf = async (exit: number, ...args: string[]) =>
      (await sandbox.json<{ error: { code: string } }>(exit, ...FORCE, ...args)).error.code;
    expect(await codeOf(6, '--data-dir', sandbox.file('metastore', 'm1'))).toBe('E_STORE_LOCKED');
    expect(await codeOf(2, '--data-dir', sandbox.file('data', 's1'))).toBe('E_USAGE');
    expect(await codeOf(2, '--snapshot', sandbox.file('nowhere'))).toBe('E_USAGE');
    expect(await codeOf(2, '--grow-to', '5')).toBe('E_USAGE');
    expect(await codeOf(2, '--grow-to', '2')).toBe('E_USAGE');
    expect(await sandbox.json<Plan>(0, ...FORCE)).toMatchObject({
      decision: 'nothing to do',
      start: 'running',
    });
  }, 300_000);
});

describeWith(['etcd', 'etcdctl'], 'an etcd with users', () => {
  it('refuses a wrong password, and is not taken for dead; a stopped member is read with the right one', async () => {
    sandbox = await CliSandbox.up('--servers', '3', '--metastore', 'etcd');
    await load('20');
    const { metaStore, ...config } = parse(await sandbox.text('vlog-dr.yaml'));
    const call = (path: string, body: object) =>
      fetch(`${metaStore.endpoints[0]}/v3/auth/${path}`, { method: 'POST', body: JSON.stringify(body) });
    await call('user/add', { name: 'root', password: 'right' });
    await call('user/grant', { user: 'root', role: 'root' });
    await call('enable', {});
    const withPassword = async (password: string) => {
      await writeFile(sandbox.file('password'), password);
      const file = sandbox.file(`${password}.yaml`);
      const user = { username: 'root', passwordFile: 'password' };
      await writeFile(file, stringify({ ...config, metaStore: { ...metaStore, ...user } }));
      return ['--config', file];
    };
    const refused = await sandbox.json<{ error: { code: string } }>(
      2,
      ...FORCE,
      ...(await withPassword('wrong')),
    );
    expect(refused.error.code).toBe('E_DENIED');
    const right = await withPassword('right');
    expect(await sandbox.json<Plan>(0, ...FORCE, ...right)).toMatchObject({ decision: 'nothing to do' });
    await sandbox.must(0, 'sandbox', 'kill', 'm1', 'm2', 'm3');
    const forced = await sandbox.json<Plan>(0, ...APPLY, '--grow-to', '1', ...right);
    expect(forced.start).toBe('survivor');
    expect(forced.survivors).toHaveLength(3);
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes', ...right);
  }, 300_000);
});

describeWith('node', 'a file MetaStore is lost, and a copy of it is left', () => {
  it('fills an empty one from the copy and the loglets', async () => {
    sandbox = await CliSandbox.up('--servers', '3');
    await load('100', '--reconfigure-every', '50');
    await cp(sandbox.file('metastore'), sandbox.file('copy'), { recursive: true });
    await load('100', '--reconfigure-every', '50');
    await sandbox.must(0, 'sandbox', 'lose-metastore');
    const forced = await sandbox.json<Plan>(0, ...APPLY, '--data-dir', sandbox.file('copy'));
    expect(forced).toMatchObject({ engine: 'file', start: 'running', applied: true });
    expect(forced.survivors).toMatchObject([{ engine: 'file', name: sandbox.file('copy') }]);
    expect(forced.rebuild.logs[0]).toMatchObject({ verdict: 'proven' });
    await sandbox.must(0, 'reconfigure', '1', '--apply', '--yes');
    await everythingAcknowledgedIsThere();
  }, 300_000);
});
