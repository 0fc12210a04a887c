import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryMetaStore } from '../../../src/drivers/memory/metaStore.ts';
import { dataFile } from '../../../src/logserver/lmdb/open.ts';
import { assess } from '../../../src/operations/assess/assess.ts';
import { all, entries, openLoglet, value } from '../../contract/logServerWorld.ts';
import { LOG, payloads, TestCluster } from '../../support/cluster.ts';
import { HttpCluster } from '../../support/logserver/httpCluster.ts';
import { applied, operationsOn, planned } from '../../support/recovery.ts';

const CHECK = { extra: { checkMs: 60_000 } };
const UNREAD = expect.stringContaining('copies were not read for this plan');

describe('a rebuild that has every entry read', () => {
  async function lostMetaStore() {
    const cluster = await TestCluster.start();
    const client = cluster.client();
    await client.append(payloads('a', 'b', 'c'));
    await client.reconfigure();
    await client.append(payloads('d'));
    const first = (await cluster.metaStore.get(LOG))?.segments[0];
    if (first === undefined) throw new Error('no segment');
    return { cluster, ops: operationsOn(cluster), first };
  }

  it('rests on no copy that nobody has read; one that reads none says so', async () => {
    const { ops } = await lostMetaStore();
    expect((await planned(ops, CHECK)).assumptions).not.toContainEqual(UNREAD);
    expect((await planned(ops)).assumptions).toContainEqual(UNREAD);
  });

  it('finds what is damaged on every copy, before it says that nothing is lost', async () => {
    const { cluster, ops, first } = await lostMetaStore();
    for (const { serverId } of first.nodeset) cluster.server(serverId).disk.damage(first.logletId, 1n);
    expect((await planned(ops)).logs[0]?.loss.lost).toEqual([]);
    const [log] = (await planned(ops, CHECK)).logs;
    expect(log?.loss.lost).toEqual([{ from: 1n, to: 2n }]);
    // It is remembered: whoever looks next sees it without reading.
    expect((await planned(ops)).logs[0]?.loss.lost).toEqual([{ from: 1n, to: 2n }]);
  });

  it('takes a copy that is damaged for none, while another has the entry', async () => {
    const { cluster, ops, first } = await lostMetaStore();
    const [one] = first.nodeset;
    cluster.server(one?.serverId ?? '').disk.damage(first.logletId, 1n);
    const into = new MemoryMetaStore();
    const plan = await planned(ops, { ...CHECK, into });
    expect(plan.logs[0]).toMatchObject({ verdict: 'proven', loss: { lost: [] } });
    await applied(ops, plan, { into });
    const { findings } = await assess(operationsOn(cluster, { metaStore: into }));
    expect(findings.map(({ code }) => code)).toContain('ENTRIES_CORRUPT');
  });
});

describe('a LogServer that reads its entries for an inventory', () => {
  let servers: HttpCluster;
  beforeEach(async () => {
    servers = await HttpCluster.create();
  });
  afterEach(() => servers.close());

  it('names what rots in its file, gives signs of life meanwhile, and remembers', async () => {
    const server = await servers.startAdmitted('s1');
    const descriptor = await openLoglet([server]);
    const { logletId } = descriptor;
    value(await server.store({ logletId, entries: entries(0n, 9_000n), knownCommitted: 9_000n }));
    await rot(join(servers.dir, 's1'), 'entry 4321');
    const [loglet] = (await all(server.inventory())).filter(({ item }) => item === 'loglet');
    expect(loglet).not.toMatchObject({ state: { corrupt: expect.anything() } });
    const checked = await all(server.inventory({ checkMs: 60_000 }));
    expect(checked.filter(({ item }) => item === 'checking').length).toBeGreaterThan(1);
    expect(checked.find(({ item }) => item === 'loglet')).toMatchObject({
      state: { corrupt: [4_321n], checkedTo: 9_000n },
    });
    const later = (await all(server.inventory())).find(({ item }) => item === 'loglet');
    expect(later).toMatchObject({ state: { corrupt: [4_321n] } });
    expect(later).not.toMatchObject({ state: { checkedTo: expect.anything() } });
  });

  it('says of nothing that it was read when there was no time for it', async () => {
    const server = await servers.startAdmitted('s1', { clock: hasty() });
    const { logletId } = await openLoglet([server]);
    value(await server.store({ logletId, entries: entries(0n, 9n), knownCommitted: 9n }));
    const loglet = (await all(server.inventory({ checkMs: 5 }))).find(({ item }) => item === 'loglet');
    expect(loglet).not.toMatchObject({ state: { checkedTo: expect.anything() } });
  });
});

/** For which an hour passes at every look. */
function hasty() {
  let now = 0;
  return {
    now: () => {
      now += 3_600_000;
      return now;
    },
    sleep: async () => {},
  };
}

async function rot(dataDir: string, text: string): Promise<void> {
  const path = dataFile(dataDir);
  const bytes = await readFile(path);
  const file = await open(path, 'r+');
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1))
    await file.write(Buffer.from('E'), 0, 1, at);
  await file.close();
}
