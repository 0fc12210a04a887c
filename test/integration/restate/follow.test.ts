import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SetFollowEvent, setFollowEventSchema } from '../../../src/codec/results/setBackup.ts';
import { isPortError } from '../../../src/core/errors.ts';
import { realClock } from '../../support/realClock.ts';
import { RestateSandbox } from '../../support/restate.ts';

const BIN = new URL('../../../bin/vlog-dr.js', import.meta.url).pathname;
const RECONFIGURATIONS = 50;
/** The follower looks every second, and takes a moment to read. */
const STAYED_MS = 2_500;

let sandbox: RestateSandbox;
beforeAll(async () => {
  sandbox = await RestateSandbox.up('etcd', '--repo', 'file:///REPO');
});
afterAll(() => sandbox.down());

test('every version of every register that stands for a poll interval is backed up, through reconfigurations and restarts', async () => {
  const follower = new Follower(sandbox.cli.file('vlog-dr.yaml'));
  await follower.begun;
  const truth = new Truth();
  const looking = truth.watch(sandbox);
  for (let turn = 0; turn < RECONFIGURATIONS; turn += 1) {
    await sandbox.reconfigure(turn % 2);
    if (turn % 20 === 10) {
      await sandbox.cli.must(0, 'sandbox', 'kill', 'n3');
      await sandbox.cli.must(0, 'sandbox', 'start', 'n3');
    }
    // Longer than is asked: what this test sees of it is a little less.
    await realClock.sleep(turn % 6 === 0 ? STAYED_MS + 1_000 : 100);
  }
  // What stands now has to be there too.
  await realClock.sleep(STAYED_MS);
  truth.end();
  await looking;
  const seen = await follower.stop();
  const missing = truth.stayed().filter((one) => !seen.has(one));
  expect(missing).toEqual([]);
  expect(truth.stayed().filter((one) => one.startsWith('bifrost_config')).length).toBeGreaterThan(4);
  expect(follower.failures).toEqual([]);
});

test('a backup is taken from what nodes remember while the store is down, and says so', async () => {
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore', '--stay-down');
  const result = await sandbox.cli.json<{ source: string; registers: object }>(3, 'backup');
  expect(result.source).toBe('caches');
  expect(Object.keys(result.registers)).toEqual(
    expect.arrayContaining(['nodes_config', 'bifrost_config', 'partition_table', 'schema_registry']),
  );
});

/** `backup --follow` in a process of its own. */
class Follower {
  readonly failures: string[] = [];
  /** Resolves with the first set that it wrote down. */
  readonly begun: Promise<void>;
  readonly #events: SetFollowEvent[] = [];
  readonly #child;

  constructor(config: string) {
    this.#child = spawn(process.execPath, [BIN, 'backup', '--follow', '--json', '--config', config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let begin = () => {};
    this.begun = new Promise((resolve) => {
      begin = resolve;
    });
    createInterface(this.#child.stdout).on('line', (line) => {
      const event = setFollowEventSchema.parse(JSON.parse(line));
      if (event.event === 'alarm') this.failures.push(event.message);
      this.#events.push(event);
      if (event.event === 'set') begin();
    });
  }

  /** Ends it in order; answers with every version that it wrote down. */
  async stop(): Promise<Set<string>> {
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGTERM');
    await closed;
    const sets = this.#events.flatMap((event) => (event.event === 'set' ? [event.registers] : []));
    return new Set(sets.flatMap((set) => Object.entries(set).map(([key, version]) => `${key}@${version}`)));
  }
}

/** Versions of all registers as this test itself sees them, with how long each stood. */
class Truth {
  readonly #stood = new Map<string, { readonly since: number; until: number }>();
  #isOver = false;

  async watch({ cluster }: RestateSandbox): Promise<void> {
    while (!this.#isOver) {
      const now = realClock.now();
      const versions = await cluster.registers.versions().catch((error: unknown) => {
        if (isPortError(error)) return new Map<string, number>();
        throw error;
      });
      for (const [key, version] of versions) {
        const name = `${key}@${version}`;
        const known = this.#stood.get(name);
        if (known === undefined) this.#stood.set(name, { since: now, until: now });
        else known.until = now;
      }
      await realClock.sleep(50);
    }
  }

  end(): void {
    this.#isOver = true;
  }

  stayed(): string[] {
    return [...this.#stood]
      .filter(([, { since, until }]) => until - since >= STAYED_MS)
      .map(([name]) => name);
  }
}
