import { PortError } from '../../core/errors.ts';
import type { Generation } from '../../core/generation.ts';
import { type ClusterId, type ServerId, storeId } from '../../core/ids.ts';
import { LogServerNode, type NodeOptions } from '../../logserver/node.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import type { Random } from '../../ports/Random.ts';
import { MemoryDisk, MemoryLogStore } from './logStore.ts';

export interface MemoryLogServerOptions
  extends Pick<NodeOptions, 'connect' | 'appendTimeoutMs' | 'queueBytes'> {
  readonly serverId: ServerId;
  readonly clusterId: ClusterId;
  readonly location: string;
  /** Formats the disk with this generation. Without it the store is new and must be admitted. */
  readonly generation?: Generation;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A LogServer in this process: the shipped node over a disk in memory. `kill` is kill -9, `restart` starts a new
 * process on the same disk, `wipe` replaces the disk by a new one.
 */
export class MemoryLogServer implements LogServer {
  readonly serverId: ServerId;
  readonly #options: MemoryLogServerOptions;
  #disk: MemoryDisk;
  #store: MemoryLogStore;
  #node: LogServerNode | undefined;
  /** Ends a call that is under way when the process dies. */
  readonly #inFlight = new Set<() => void>();

  constructor(options: MemoryLogServerOptions) {
    this.#options = options;
    this.serverId = options.serverId;
    this.#disk = this.#format(options.generation);
    this.#store = new MemoryLogStore(this.#disk);
    this.restart();
  }

  get disk(): MemoryDisk {
    return this.#disk;
  }

  get running(): boolean {
    return this.#node !== undefined;
  }

  /** Calls in flight end with an unknown outcome; a batch that has not reached the disk never will. */
  kill(): void {
    this.#store.crash();
    this.#node?.sequencers.stopAll(
      { code: 'sequencerGone', incarnation: this.#node.incarnation },
      'the process died',
    );
    this.#node = undefined;
    for (const die of this.#inFlight) die();
    this.#inFlight.clear();
  }

  restart(): void {
    if (this.#node) this.kill();
    const { connect, clock, random, appendTimeoutMs, queueBytes } = this.#options;
    this.#store = new MemoryLogStore(this.#disk);
    this.#node = new LogServerNode({
      store: this.#store,
      clock,
      random,
      connect,
      software: 'memory',
      ...(appendTimeoutMs !== undefined && { appendTimeoutMs }),
      ...(queueBytes !== undefined && { queueBytes }),
    });
  }

  /** Kills it and puts a newly formatted disk in: without a generation, it must be admitted after `restart`. */
  wipe(): void {
    this.kill();
    this.#disk = this.#format(undefined);
  }

  #format(generation: Generation | undefined): MemoryDisk {
    const { serverId, clusterId, location, random } = this.#options;
    return new MemoryDisk({
      serverId,
      clusterId,
      location,
      storeId: storeId(random.uuid()),
      ...(generation && { generation }),
    });
  }

  async #call<T>(subject: string, call: (node: LogServerNode) => Promise<T>): Promise<T> {
    const node = this.#node;
    if (!node) throw this.#failure('unavailable', subject, 'the server is down');
    return new Promise<T>((resolve, reject) => {
      const die = (): void =>
        reject(this.#failure('outcomeUnknown', subject, 'the server died during the call'));
      const settled = (): boolean => this.#inFlight.delete(die);
      this.#inFlight.add(die);
      call(node).then(
        (value) => settled() && resolve(value),
        (error: unknown) => settled() && reject(error),
      );
    });
  }

  #failure(kind: 'unavailable' | 'outcomeUnknown', subject: string, message: string): PortError {
    return new PortError(kind, { subject: `${this.serverId} ${subject}`, message });
  }

  status: LogServer['status'] = () => this.#call('status', (node) => node.status());
  adopt: LogServer['adopt'] = (...args) => this.#call('adopt', (node) => node.adopt(...args));
  admit: LogServer['admit'] = (...args) => this.#call('admit', (node) => node.admit(...args));
  pledge: LogServer['pledge'] = (...args) => this.#call('pledge', (node) => node.pledge(...args));
  retire: LogServer['retire'] = (...args) => this.#call('retire', (node) => node.retire(...args));
  provision: LogServer['provision'] = (...args) => this.#call('provision', (node) => node.provision(...args));
  activate: LogServer['activate'] = (...args) => this.#call('activate', (node) => node.activate(...args));
  seal: LogServer['seal'] = (...args) => this.#call('seal', (node) => node.seal(...args));
  close: LogServer['close'] = (...args) => this.#call('close', (node) => node.close(...args));
  repair: LogServer['repair'] = (...args) => this.#call('repair', (node) => node.repair(...args));
  trim: LogServer['trim'] = (...args) => this.#call('trim', (node) => node.trim(...args));
  drop: LogServer['drop'] = (...args) => this.#call('drop', (node) => node.drop(...args));
  states: LogServer['states'] = (...args) => this.#call('states', (node) => node.states(...args));
  store: LogServer['store'] = (...args) => this.#call('store', (node) => node.store(...args));
  read: LogServer['read'] = (...args) => this.#call('read', (node) => node.read(...args));
  append: LogServer['append'] = (...args) => this.#call('append', (node) => node.append(...args));
  acknowledgedTail: LogServer['acknowledgedTail'] = (...args) =>
    this.#call('acknowledgedTail', (node) => node.acknowledgedTail(...args));

  async *inventory(query: Parameters<LogServer['inventory']>[0] = {}): ReturnType<LogServer['inventory']> {
    const items = await this.#call('inventory', async (node) => node.inventory(query));
    for await (const item of items) yield await this.#call('inventory', async () => item);
  }

  async disconnect(): Promise<void> {}
}
