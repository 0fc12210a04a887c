import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { decodeNodes } from '../../src/codec/restate/decode.ts';
import type { Counters, SandboxState } from '../../src/codec/sandbox.ts';
import { isPortError } from '../../src/core/errors.ts';
import { type Chains, NODES, type Segment } from '../../src/core/restate/values.ts';
import { EtcdRegisterStore } from '../../src/drivers/metastore-etcd/etcdRegisterStore.ts';
import { RestateClient } from '../../src/drivers/restate/client.ts';
import { METADATA_DIRECTORY } from '../../src/drivers/restate/localHands.ts';
import { RestateCluster } from '../../src/drivers/restate/restateCluster.ts';
import { CallLoad, type CounterVerdict, checkCounters } from '../../src/sandbox/restate/load.ts';
import { awaitApplied, awaitSettled, readChains } from '../../src/sandbox/restate/settled.ts';
import { deployCounters } from '../../src/sandbox/restate/up.ts';
import { CliSandbox } from './cli.ts';
import { realClock } from './realClock.ts';

interface Written {
  readonly addresses: readonly string[];
  readonly metaStore: { readonly kind: string; readonly endpoints?: readonly string[] };
}

/** A Restate cluster of real nodes with counters on it, a load of its own, and a client of the test's own. */
export class RestateSandbox {
  readonly cli: CliSandbox;
  readonly cluster: RestateCluster;
  readonly state: SandboxState;
  readonly #loads: { load: CallLoad; stop: AbortController; ended: Promise<void> }[] = [];
  #told: Counters = {};

  private constructor(cli: CliSandbox, cluster: RestateCluster, state: SandboxState) {
    this.cli = cli;
    this.cluster = cluster;
    this.state = state;
  }

  static async up(metaStore: 'builtin' | 'etcd', ...flags: string[]): Promise<RestateSandbox> {
    const cli = await CliSandbox.up('--driver', 'restate', '--metastore', metaStore, ...flags);
    const { addresses, metaStore: store } = parse(await cli.text('vlog-dr.yaml')) as Written;
    const state = JSON.parse(await cli.text('sandbox.json')) as SandboxState;
    const requestTimeoutMs = 5_000;
    const registers =
      store.kind === 'etcd'
        ? new EtcdRegisterStore({ endpoints: store.endpoints ?? [], requestTimeoutMs })
        : undefined;
    const options = { addresses, requestTimeoutMs, ...(registers === undefined ? {} : { registers }) };
    return new RestateSandbox(cli, new RestateCluster(options), state);
  }

  get ingress(): string[] {
    return (this.state.restate?.nodes ?? []).map(({ ingressPort }) => `http://127.0.0.1:${ingressPort}`);
  }

  address(node: string): string {
    const found = this.state.logServers.find(({ id }) => id === node);
    return `http://127.0.0.1:${found?.port}`;
  }

  /** Calls counters until it is stopped. */
  startLoad(): CallLoad {
    const stop = new AbortController();
    const load = new CallLoad({
      ingress: this.ingress,
      counters: 8,
      workers: 4,
      before: this.#told,
      clock: realClock,
      signal: stop.signal,
    });
    this.#loads.push({ load, stop, ended: load.run() });
    return load;
  }

  async stopLoad(): Promise<void> {
    for (const { load, stop, ended } of this.#loads.splice(0)) {
      stop.abort();
      await ended;
      this.#told = load.counters;
    }
  }

  /** Until the load has so many additions more than now. */
  async until(load: CallLoad, more: number): Promise<void> {
    const wanted = load.acknowledged + more;
    await eventually(`${wanted} additions`, () => load.acknowledged >= wanted);
  }

  /** Ends the load, and holds every counter against what its callers were told. */
  async counters(): Promise<readonly CounterVerdict[]> {
    await this.stopLoad();
    return await checkCounters(this.ingress, this.#told);
  }

  /**
   * A new cluster moves each log's sequencer to where its partition is led. Without its store it would seal the log for that,
   * and could not go on: then calls stop, and not by our doing.
   */
  settled(): Promise<void> {
    return awaitSettled(this.cluster, realClock, AbortSignal.timeout(PATIENCE_MS));
  }

  /** Ends the load; then nothing that was acknowledged is unapplied on any node. */
  async applied(): Promise<void> {
    await this.stopLoad();
    await awaitApplied(this.cluster, realClock, AbortSignal.timeout(PATIENCE_MS));
  }

  /** Stopped as an operator stops them, and started again: what partitions applied is then on their disks. */
  async restart(): Promise<void> {
    const names = this.state.logServers.map(({ id }) => id);
    for (const name of names) {
      const { pid } = JSON.parse(await this.cli.text(`run/${name}.json`)) as { pid: number };
      process.kill(pid, 'SIGTERM');
      await eventually(`the end of ${name}`, () => !isRunning(pid));
    }
    await this.cli.must(0, 'sandbox', 'start', ...names);
    await eventually('tails of all logs', () => isDone(this.#tails()));
    await this.settled();
  }

  /** A node listens before it answers. */
  async answers(count: number): Promise<void> {
    await eventually(`answers of ${count} nodes`, async () => {
      const nodes = await this.cluster.look();
      return nodes.filter(({ answer }) => answer.kind === 'answered').length >= count;
    });
  }

  async #tails(): Promise<void> {
    const { logs } = await this.chains();
    for (const logId of logs.keys()) await this.cluster.findTail(logId);
  }

  /** Below this LSN, on every node; of which no partition needs a record any more. */
  async trim(logId: number, lsn: bigint): Promise<void> {
    const client = new RestateClient({ requestTimeoutMs: 5_000 });
    const [address = ''] = this.state.logServers.map(({ id }) => this.address(id));
    const request = { log_id: logId, trim_point: (lsn - 1n).toString() };
    const method = 'cluster_ctrl.ClusterCtrlSvc/TrimLog';
    // Of a node that has just become the controller, the first is without effect on the chain.
    await eventually(`a chain of log ${logId} without its head`, async () => {
      await client.ask(address, { method, request, changes: true });
      return (await this.chains()).logs.get(logId)?.[0]?.base !== 1n;
    });
    client.close();
  }

  /** A new segment, as an operator would: on all nodes, its sequencer with the leader. Restate itself may be quicker. */
  async reconfigure(logId: number): Promise<void> {
    await eventually(`a new segment of log ${logId}`, () => isDone(this.#extend(logId)));
  }

  async #extend(logId: number): Promise<void> {
    const [ids, leaders] = await Promise.all([this.idsByName(), this.#leaders()]);
    const nodeset = this.state.logServers.flatMap(({ id }) => ids.get(id) ?? []);
    // Elsewhere Restate would move it at once, to where the partition is led.
    const sequencer = leaders.get(logId) ?? nodeset[logId % nodeset.length] ?? 1;
    await this.cluster.sealAndExtend({ logId, replication: { node: 2 }, nodeset, sequencer });
  }

  /** Node ids by partition, and so by log. */
  async #leaders(): Promise<ReadonlyMap<number, number>> {
    const partitions = (await this.cluster.partitions()) ?? [];
    return new Map(
      partitions.flatMap(({ partitionId, leader }) =>
        leader === undefined ? [] : [[partitionId, leader.id]],
      ),
    );
  }

  /** Which leads no partition: the others go on without it, as if nothing had happened. */
  async followerOnly(): Promise<string> {
    const [ids, leaders] = await Promise.all([this.idsByName(), this.#leaders()]);
    const led = [...leaders.values()];
    const found = [...ids].find(([, id]) => !led.includes(id));
    if (found === undefined) throw new Error('every node leads a partition');
    return found[0];
  }

  /** Ids are given in the order of joining. */
  async idsByName(): Promise<ReadonlyMap<string, number>> {
    const register = await this.cluster.registers.get(NODES);
    const decoded = register && decodeNodes(register.bytes);
    if (decoded?.ok !== true) throw new Error(`no nodes: ${decoded?.problem}`);
    return new Map(decoded.value.nodes.map(({ id, name }) => [name, id]));
  }

  chains(): Promise<Chains> {
    return readChains(this.cluster);
  }

  redeploy(): Promise<void> {
    return deployCounters(this.state);
  }

  /** What the nodes said since they were started: a panic is not to be overlooked. */
  async panics(): Promise<string[]> {
    const nodes = [...this.state.logServers, ...this.state.metaStore.members];
    const files = nodes.flatMap(({ id }) => [
      this.cli.file('output', `${id}.txt`),
      this.cli.file('run', `${id}.output.txt`),
    ]);
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    return texts.flatMap((text) => text.split('\n').filter((line) => /panicked|PANIC/.test(line)));
  }

  /** Deletes the nodes' parts of the built-in store under their feet: they go on with what they have in memory. */
  async deleteMetadata(...nodes: string[]): Promise<void> {
    for (const id of nodes)
      await rm(join(this.cli.dir, 'data', id, id, METADATA_DIRECTORY), { recursive: true, force: true });
  }

  async down(): Promise<void> {
    await this.stopLoad();
    await this.cluster.close();
    await this.cli.down();
  }
}

/** A bound against a hang, not an expectation: a test that waits in vain is to say for what. */
const PATIENCE_MS = 120_000;

/** Whether the cluster did as it was told; when it did not it may be asked again. */
export async function isDone(asked: Promise<unknown>): Promise<boolean> {
  try {
    await asked;
    return true;
  } catch (error) {
    if (!isPortError(error)) throw error;
    console.warn(`not yet: ${error.message}`);
    return false;
  }
}

export async function eventually(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`in vain: ${what}`);
    await realClock.sleep(50);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** All that was in the chains is there. Restate may have gone on: behind it, or in place of a last segment without a record. */
export function expectContinued(after: Chains, before: Chains): void {
  for (const [logId, segments] of before.logs) {
    const wanted = shapeOf(segments);
    const found = shapeOf(after.logs.get(logId)).slice(0, wanted.length);
    const [last, now] = [segments.at(-1), after.logs.get(logId)?.[wanted.length - 1]];
    const isReplaced = last !== undefined && now?.base === last.base && now.index > last.index;
    const whole = isReplaced ? -1 : wanted.length;
    expect(found.slice(0, whole), `log ${logId}`).toEqual(wanted.slice(0, whole));
  }
}

/** Base, index and kind of each segment: what two chains must agree in. */
function shapeOf(segments: readonly Segment[] | undefined): string[] {
  return (segments ?? []).map(({ index, base, kind }) => `${index}@${base} ${kind}`);
}
