import { expect, test } from 'vitest';
import { chainProblems } from '../../../src/core/chain.ts';
import type { Durability } from '../../../src/core/durability.ts';
import { DrError, PortError } from '../../../src/core/errors.ts';
import type { AppendResult } from '../../../src/virtuallog/appendLane.ts';
import type { VirtualLog } from '../../../src/virtuallog/VirtualLog.ts';
import { LOG, payloads, seenThrough, TestCluster } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';

/** Each entry of a client, and what the client was told. */
type Told = { text: string; told: AppendResult | 'refused' };

const POLICIES: readonly Durability[] = [
  { kind: 'all' },
  { kind: 'majority' },
  { kind: 'count', copies: 2 },
  { kind: 'spread', zones: 2, copies: 2 },
];

class Chaos {
  readonly cluster: TestCluster;
  isOver = false;
  readonly told: Told[] = [];

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
  }

  /** A client whose calls get lost, before or after they had their effect. */
  client(): VirtualLog {
    const lossy = <T extends object>(port: T): T => around(port, (name, call) => this.#lose(name, call));
    return this.cluster.client({
      metaStore: lossy(this.cluster.metaStore),
      logServers: seenThrough(this.cluster.servers, lossy),
    });
  }

  async append(log: VirtualLog, name: string, count: number): Promise<void> {
    for (let place = 0; place < count; place += 1) {
      const text = `${name}.${place}`;
      this.told.push({ text, told: await log.append(payloads(text)).catch(refused) });
      await this.cluster.clock.sleep(this.cluster.random.below(40));
    }
  }

  async reconfigure(log: VirtualLog, count: number): Promise<void> {
    for (let place = 0; place < count; place += 1) {
      await this.cluster.clock.sleep(this.cluster.random.below(400));
      await log.reconfigure().catch(onlySaid);
    }
  }

  /** One server at a time dies and comes back. */
  async kill(): Promise<void> {
    const servers = [...this.cluster.servers.values()];
    while (!this.isOver) {
      await this.cluster.clock.sleep(200 + this.cluster.random.below(800));
      const server = servers[this.cluster.random.below(servers.length)];
      server?.kill();
      await this.cluster.clock.sleep(this.cluster.random.below(6_000));
      server?.restart();
    }
  }

  #lose(name: string, call: () => unknown): unknown {
    const dice = this.isOver ? 100 : this.cluster.random.below(100);
    const said = { subject: name, message: 'lost on the way' };
    const isStream = name === 'inventory' || name === 'history';
    if (isStream || dice >= 6) return call();
    if (dice < 3) return Promise.reject(new PortError('unavailable', said));
    return Promise.resolve(call()).then(() => {
      throw new PortError('outcomeUnknown', said);
    });
  }
}

function refused(error: unknown): 'refused' {
  // A client that never read a chain cannot start without the MetaStore.
  const isSure =
    error instanceof DrError && ['E_APPEND_FAILED', 'E_METASTORE_UNAVAILABLE'].includes(error.code);
  if (isSure) return 'refused';
  throw error;
}

function onlySaid(error: unknown): void {
  if (!(error instanceof DrError)) throw error;
  expect(['E_STALE_REGISTER', 'E_CONTRADICTION', 'E_METASTORE_LOST']).not.toContain(error.code);
}

async function served(log: VirtualLog): Promise<string[]> {
  const read: string[] = [];
  for await (const entry of log.read()) {
    expect(entry.position).toBe(BigInt(read.length));
    read.push(new TextDecoder().decode(entry.payload));
  }
  return read;
}

/** What every client was told holds: acknowledged is there, in its place, once; refused is not there. */
function mustHold(told: readonly Told[], log: readonly string[]): void {
  const places = new Map<string, number[]>();
  log.forEach((text, place) => {
    places.set(text, [...(places.get(text) ?? []), place]);
  });
  for (const one of told) {
    const found = places.get(one.text) ?? [];
    if (one.told === 'refused') expect([one.text, found]).toEqual([one.text, []]);
    else if (one.told.outcome === 'acknowledged')
      expect([one.text, found]).toEqual([one.text, one.told.positions.map(Number)]);
    else expect(found.length).toBeLessThanOrEqual(1);
  }
}

test.each(Array.from({ length: 12 }, (_, seed) => ({ seed: seed + 1 })))(
  'racing clients, lost answers and dying servers lose nothing acknowledged (seed $seed)',
  async ({ seed }) => {
    const durability = POLICIES[seed % POLICIES.length] ?? { kind: 'all' };
    const snapshots = seed % 3 === 0 ? 'required' : 'off';
    const cluster = await TestCluster.start({ seed, durability, snapshots });
    const chaos = new Chaos(cluster);
    const killer = chaos.kill();
    await Promise.all([
      chaos.append(chaos.client(), 'a', 25),
      chaos.append(chaos.client(), 'b', 25),
      chaos.reconfigure(chaos.client(), 4),
      chaos.reconfigure(chaos.client(), 4),
    ]);
    chaos.isOver = true;
    await killer;
    const after = cluster.client();
    await chaos.append(after, 'end', 1);
    expect(chaos.told.at(-1)?.told).toMatchObject({ outcome: 'acknowledged' });
    const log = await served(after);
    mustHold(chaos.told, log);
    expect(log.at(-1)).toBe('end.0');
    const chain = await cluster.metaStore.get(LOG);
    expect(chain && chainProblems(chain)).toEqual([]);
    // Most of it went through: the test would prove nothing otherwise.
    expect(chaos.told.filter((one) => one.told !== 'refused').length).toBeGreaterThan(30);
  },
);
