import { expect, test } from 'vitest';
import { objectKey } from '../../../../src/archive/keys.ts';
import { LogArchive } from '../../../../src/archive/LogArchive.ts';
import { canonicalJson } from '../../../../src/core/canonical.ts';
import type { Chain } from '../../../../src/core/chain.ts';
import { PortError } from '../../../../src/core/errors.ts';
import { serverId } from '../../../../src/core/ids.ts';
import { backupData } from '../../../../src/operations/backupData/backupData.ts';
import { verifyData } from '../../../../src/operations/backupData/verifyData.ts';
import type { Cluster } from '../../../../src/operations/cluster.ts';
import { applyRestore } from '../../../../src/operations/restore/apply.ts';
import { restorePlanOf } from '../../../../src/operations/restore/restorePlanOf.ts';
import { verify } from '../../../../src/operations/verify/verify.ts';
import type { Repository } from '../../../../src/ports/Repository.ts';
import { memoryJournal } from '../../../../src/runs/journal.ts';
import { CLUSTER_ID, LOG, payloads, TestCluster, texts } from '../../../support/cluster.ts';
import { around, Killed, Life } from '../../../support/faults.ts';

/** So small that every two entries are an object. */
const OBJECT = 20;

const HOLDERS = ['s1', 's2', 's3', 's4', 's5', 's6'];

interface Scene {
  readonly world: TestCluster;
  readonly deps: { readonly cluster: Cluster; readonly archive: LogArchive };
}

/** The cluster as an operation sees it, with every port through `change`. */
function seen(world: TestCluster, change: <T extends object>(port: T) => T = (port) => port): Scene['deps'] {
  const repository: Repository = change(world.repository);
  const archive = new LogArchive({ repository, clusterId: CLUSTER_ID, objectBytes: OBJECT });
  const cluster: Cluster = {
    clusterId: CLUSTER_ID,
    name: 'test',
    logServers: new Map([...world.servers].map(([id, server]) => [id, change(server)])),
    locations: new Map([...world.servers.keys()].map((id) => [id, 'r1/z1'])),
    metaStore: change(world.metaStore),
    archive,
    policy: world.policy,
    clock: world.clock,
    random: world.random,
    reporter: world.reporter,
  };
  return { cluster, archive };
}

/** One on s1 to s3 with e0 to e5, the last on s4 to s6 with e6 to e11; s7 to s9 hold neither. */
async function twoSegments(): Promise<Scene & { readonly all: readonly string[] }> {
  const world = await TestCluster.start({ servers: 9 });
  const log = world.client();
  await log.reconfigure({ servers: ['s1', 's2', 's3'].map(serverId) });
  const all = Array.from({ length: 12 }, (_, place) => `e${place}`);
  for (const text of all.slice(0, 6)) await log.append(payloads(text));
  await log.reconfigure({ servers: ['s4', 's5', 's6'].map(serverId) });
  for (const text of all.slice(6)) await log.append(payloads(text));
  return { world, deps: seen(world), all };
}

const read = ({ world, deps }: Scene, range = {}) => texts(world.client({ archive: deps.archive }), range);
const kill = ({ world }: Scene, ...names: string[]) => names.map((name) => world.server(name).kill());
const none = new Set<never>();
const accepting = new Set([LOG]);

async function restored({ world, deps }: Scene, accept: ReadonlySet<typeof LOG> = none) {
  const plan = await restorePlanOf(deps, LOG, accept);
  const { journal } = memoryJournal({ runId: 'run', clock: world.clock });
  const done = plan.decision === 'apply' ? await applyRestore({ ...deps, plan, journal }) : undefined;
  return { plan, done };
}

async function keys(repository: Repository, kind = '.entries'): Promise<string[]> {
  const found: string[] = [];
  for await (const key of repository.list('')) if (key.endsWith(kind)) found.push(key);
  return found;
}

const objectAt = async ({ world }: Scene, from: number) => {
  const name = `/${String(from).padStart(19, '0')}-`;
  const key = (await keys(world.repository)).find((one) => one.includes(name));
  if (key === undefined) throw new Error(`no object at ${from}`);
  return key;
};

test('a segment without servers is read from the repository, and nothing of it is lost', async () => {
  const scene = await twoSegments();
  const [result] = await backupData(scene.deps, [LOG]);
  expect(result).toMatchObject({ outcome: 'done', from: 0n, upTo: 12n, missing: [] });
  kill(scene, 's1', 's2', 's3');
  await expect(read(scene)).rejects.toMatchObject({ code: 'E_UNREACHABLE' });
  const { plan } = await restored(scene);
  expect(plan).toMatchObject({ verdict: 'whole', decision: 'apply', needs: [] });
  expect(await read(scene, { to: 6n })).toEqual(scene.all.slice(0, 6));
  // What the chain says of the loglet is what it was: copies that return are used again.
  kill(scene, 's4', 's5', 's6');
  for (const name of HOLDERS) scene.world.server(name).restart();
  expect(await read(scene, { to: 6n })).toEqual(scene.all.slice(0, 6));
  expect((await restored(scene)).plan).toMatchObject({ decision: 'nothing to do' });
});

test('what is not known to be committed is never backed up', async () => {
  const scene = await twoSegments();
  // Stored by its sequencer's own server alone: nobody acknowledged it.
  const sequencer = await scene.world.sequencer();
  const others = (await scene.world.members()).filter((one) => one !== sequencer);
  for (const one of others) one.kill();
  const append = sequencer.append(await lastLoglet(scene), payloads('never acknowledged'));
  await append.catch(() => undefined);
  for (const one of others) one.restart();
  const [result] = await backupData(scene.deps, [LOG]);
  expect(result).toMatchObject({ outcome: 'done', upTo: 12n });
});

async function lastLoglet({ world }: Scene) {
  const chain = await world.metaStore.get(LOG);
  const last = chain?.segments.at(-1);
  if (last === undefined) throw new Error('no chain');
  return last.logletId;
}

test('a backup killed at any call goes on, and sends nothing twice', async () => {
  for (let calls = 1; ; calls += 1) {
    const scene = await twoSegments();
    const sent: string[] = [];
    const count = <T extends object>(port: T): T =>
      new Proxy(port, {
        get(object, name) {
          const member = Reflect.get(object, name) as unknown;
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            if (name === 'putIfAbsent') sent.push(String(args[0]));
            return Reflect.apply(member as (...all: unknown[]) => unknown, object, args);
          };
        },
      });
    const life = new Life(calls, calls % 2 === 0);
    const first = seen(scene.world, (port) => life.of(count(port)));
    const error = await backupData(first, [LOG]).then(
      () => undefined,
      (failed: unknown) => failed,
    );
    // Uploads that were in flight when it died may still arrive.
    await scene.world.clock.sleep(1);
    if (error === undefined) {
      expect(calls).toBeGreaterThan(10);
      return;
    }
    expect(error).toBeInstanceOf(Killed);
    const there = await keys(scene.world.repository);
    const before = sent.length;
    const [result] = await backupData(seen(scene.world, count), [LOG]);
    expect(result, `after ${calls} calls`).toMatchObject({ outcome: 'done', upTo: 12n, missing: [] });
    expect(sent.slice(before).filter((key) => there.includes(key))).toEqual([]);
    kill(scene, 's1', 's2', 's3');
    expect((await restored(scene)).plan.verdict).toBe('whole');
    expect(await read(scene, { to: 6n })).toEqual(scene.all.slice(0, 6));
  }
}, 600_000);

test('two backups at once do no harm', async () => {
  const scene = await twoSegments();
  const both = await Promise.all([backupData(scene.deps, [LOG]), backupData(seen(scene.world), [LOG])]);
  for (const [one] of both) expect(one).toMatchObject({ outcome: 'done', upTo: 12n });
  expect((await verifyData(scene.deps.archive, LOG, undefined)).problems).toEqual([]);
});

test('a restore killed at any call ends, when it is run again, as one that was not', async () => {
  const chains: string[] = [];
  for (let calls = 0; ; calls += 1) {
    const scene = await twoSegments();
    await backupData(scene.deps, [LOG]);
    kill(scene, ...HOLDERS);
    const plan = await restorePlanOf(scene.deps, LOG, accepting);
    const life = new Life(calls === 0 ? 1_000_000 : calls, calls % 2 === 0);
    const dying = seen(scene.world, (port) => life.of(port));
    const clock = scene.world.clock;
    const first = memoryJournal({ runId: 'run', clock });
    const error = await applyRestore({ ...dying, plan, journal: first.journal }).then(
      () => undefined,
      (failed: unknown) => failed,
    );
    if (error !== undefined) {
      expect(life.ended, String(error)).toBe(true);
      const again = memoryJournal({ runId: 'run', clock, earlier: first.records });
      await applyRestore({ ...scene.deps, plan, journal: again.journal });
    }
    expect(await read(scene)).toEqual(scene.all);
    chains.push(canonicalJson(shapeOf(await scene.world.metaStore.get(LOG))));
    expect(new Set(chains).size, `after ${calls} calls`).toBe(1);
    await scene.world.client({ archive: scene.deps.archive }).append(payloads('after'));
    if (error === undefined && calls > 0) {
      expect(calls).toBeGreaterThan(10);
      return;
    }
  }
}, 600_000);

/** Names of loglets and versions are drawn, or depend on how often it was tried. */
function shapeOf(chain: Chain | undefined): unknown {
  return chain?.segments.map(({ kind, start, end, loss, archive }) => ({
    kind,
    start,
    end: end ?? 'open',
    loss: loss && { from: loss.from, fencedOutside: loss.fencedOutside },
    spans: archive?.spans,
  }));
}

test('a last loglet without servers is ended where the backup ends, and only when loss is accepted', async () => {
  const scene = await twoSegments();
  await backupData(scene.deps, [LOG]);
  await scene.world.client().append(payloads('acknowledged after the backup'));
  kill(scene, ...HOLDERS);
  const refused = await restorePlanOf(scene.deps, LOG, none);
  expect(refused).toMatchObject({ decision: 'refuse', verdict: 'partial', needs: ['--accept-loss 1'] });
  expect(refused.problems.join(' ')).toContain('acknowledged from 12 on');
  const { plan } = await restored(scene, accepting);
  expect(plan.segments.map(({ place, end }) => [place, end])).toEqual([
    ['ended', 6n],
    ['last', 12n],
  ]);
  const log = scene.world.client({ archive: scene.deps.archive });
  expect(await log.append(payloads('goes on'))).toMatchObject({ positions: [12n] });
  expect(await read(scene)).toEqual([...scene.all, 'goes on']);
  const chain = await scene.world.metaStore.get(LOG);
  expect(chain?.segments.find(({ loss }) => loss)?.loss).toMatchObject({ from: 12n });
});

test('what was not backed up is named to the position, and needs consent', async () => {
  const scene = await twoSegments();
  await backupData(scene.deps, [LOG]);
  for (const key of await keys(scene.world.repository, '.json'))
    if (key.includes('/segments/')) await scene.world.repository.delete(key);
  await scene.world.repository.delete(await objectAt(scene, 2));
  kill(scene, 's1', 's2', 's3');
  const refused = await restorePlanOf(scene.deps, LOG, none);
  const [first] = refused.segments;
  expect(first?.left).toEqual([{ from: 2n, to: 4n }]);
  expect(refused).toMatchObject({ decision: 'refuse', needs: ['--accept-loss 1'] });
  expect(refused.problems.join(' ')).toContain('2 to 4');
  await restored(scene, accepting);
  expect(await read(scene, { to: 2n })).toEqual(['e0', 'e1']);
  expect(await read(scene, { from: 4n, to: 6n })).toEqual(['e4', 'e5']);
  await expect(read(scene, { from: 2n, to: 3n })).rejects.toMatchObject({ code: 'E_POSITIONS_LOST' });
  // An old disk that is found all the same still counts.
  scene.world.server('s1').restart();
  expect(await read(scene, { to: 6n })).toEqual(scene.all.slice(0, 6));
});

test('a damaged object is never used: before the restore it is a loss, after it an error', async () => {
  const scene = await twoSegments();
  await backupData(scene.deps, [LOG]);
  kill(scene, 's1', 's2', 's3');
  const { repository } = scene.world;
  const key = await objectAt(scene, 2);
  const sound = await repository.get(key);
  if (sound === undefined) throw new Error('no object');
  const damaged = Uint8Array.from(sound, (byte, place) => (place === sound.length - 1 ? byte ^ 1 : byte));
  await repository.put(key, damaged);
  expect((await verifyData(scene.deps.archive, LOG, undefined)).problems).toMatchObject([{ id: key }]);
  const plan = await restorePlanOf(scene.deps, LOG, none);
  expect(plan.segments[0]).toMatchObject({ left: [{ from: 2n, to: 4n }], damaged: [key] });
  await repository.put(key, sound);
  await restored(scene);
  await repository.put(key, damaged);
  // Another reader: this one may have it in memory.
  const later = { ...scene, deps: seen(scene.world) };
  await expect(read(later, { to: 6n })).rejects.toMatchObject({ code: 'E_BAD_DATA' });
  const found = await verify(later.deps.cluster);
  expect(found.problems.filter(({ weighs }) => weighs === 'loss')).toMatchObject([
    { kind: 'lost', positions: [{ from: 2n, to: 4n }] },
  ]);
});

test('an object that came after the plan is read before it is named', async () => {
  const scene = await twoSegments();
  await backupData(scene.deps, [LOG]);
  kill(scene, 's1', 's2', 's3');
  const plan = await restorePlanOf(scene.deps, LOG, none);
  // Another backer cuts larger objects, and one of them is damaged on its way.
  const [{ logletId = undefined } = {}] = plan.segments;
  if (logletId === undefined) throw new Error('no segment');
  const entries = await Promise.all(
    (await scene.deps.archive.objects(LOG, logletId)).map((one) =>
      scene.deps.archive.readObject(LOG, logletId, one),
    ),
  );
  const larger = await scene.deps.archive.putObject(LOG, logletId, entries.flat());
  const { repository } = scene.world;
  const key = objectKey(CLUSTER_ID, LOG, logletId, larger);
  const sound = (await repository.get(key)) ?? new Uint8Array();
  await repository.put(
    key,
    Uint8Array.from(sound, (byte, place) => (place === sound.length - 1 ? byte ^ 1 : byte)),
  );
  const apply = async () => {
    const { journal } = memoryJournal({ runId: 'run', clock: scene.world.clock });
    // Its archive has read nothing yet.
    await applyRestore({ ...seen(scene.world), plan, journal });
  };
  await expect(apply()).rejects.toMatchObject({ code: 'E_PLAN_OUT_OF_DATE' });
  await repository.put(key, sound);
  await apply();
  expect(await read(scene, { to: 6n })).toEqual(scene.all.slice(0, 6));
});

test('the next object is fetched while one is read', async () => {
  const scene = await twoSegments();
  await backupData(scene.deps, [LOG]);
  kill(scene, 's1', 's2', 's3');
  await restored(scene);
  let gets = 0;
  let besideTheFirst = 0;
  // The manifest, then the first object: it is given after everything that is asked for without it.
  const counted = around(scene.world.repository, async (name, call) => {
    if (name !== 'get') return await call();
    gets += 1;
    if (gets === 2) {
      await new Promise(setImmediate);
      besideTheFirst = gets - 2;
    }
    return await call();
  });
  const log = scene.world.client({ archive: new LogArchive({ repository: counted, clusterId: CLUSTER_ID }) });
  expect(await texts(log, { to: 6n })).toEqual(scene.all.slice(0, 6));
  expect({ gets, besideTheFirst }).toEqual({ gets: 4, besideTheFirst: 1 });
});

test('a repository that does not answer is no loss', async () => {
  const scene = await twoSegments();
  await backupData(scene.deps, [LOG]);
  kill(scene, 's1', 's2', 's3');
  await restored(scene);
  const silent = around(scene.world.repository, () =>
    Promise.reject(new PortError('unavailable', { subject: 'get', message: 'gone' })),
  );
  const archive = new LogArchive({ repository: silent, clusterId: CLUSTER_ID });
  const log = scene.world.client({ archive });
  await expect(texts(log, { to: 6n })).rejects.toMatchObject({ code: 'E_REPOSITORY_UNAVAILABLE' });
});
