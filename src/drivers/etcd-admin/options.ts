import type { z } from 'zod';
import type { Clock } from '../../ports/Clock.ts';
import type { MemberPlace } from '../../ports/MetaStoreAdmin.ts';
import type { Reporter } from '../../ports/Reporter.ts';

/** One kind of request to etcd's JSON gateway. */
export interface Call<Request, Reply> {
  readonly path: string;
  readonly request: z.ZodType<Request>;
  readonly reply: z.ZodType<Reply>;
}

/**
 * What another driver knows how to do: ask one very member. Rejects with an error whose message says why, and whose
 * `reason` is `denied` when credentials or certificates are refused.
 */
export interface Gateway {
  ask<Request, Reply>(
    endpoint: string,
    call: Call<Request, Reply>,
    request: NoInfer<Request>,
  ): Promise<Reply>;
  close(): Promise<void>;
}

/** One process and no other. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
  readonly host: string;
}

export interface Processes {
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  state(identity: ProcessIdentity): Promise<'running' | 'paused' | 'gone'>;
}

/** Whose registers are in the etcd: how they are opened, and what a copy of them is read into. */
export interface Engine<Registers extends Closable, Held extends object> {
  /** Where its registers lie in etcd; absent: they are told apart by what is read. */
  readonly prefix?: string;
  openRegisters(endpoints: readonly string[]): Registers;
  /** Also of damaged ones what can be read: `problems` are whole sentences. */
  read(registers: Registers): Promise<Found<Held>>;
  /** A directory of the `file` MetaStore; absent where the engine has none. */
  openFile?(dir: string): Promise<Registers>;
}

export interface Closable {
  close(): Promise<void>;
}

export interface Found<Held extends object> {
  readonly held: Held;
  readonly problems: readonly string[];
  /** Of etcd's keys so many are these registers'. */
  readonly keys?: number;
}

export interface EtcdAdminOptions {
  readonly members: readonly MemberPlace[];
  /** For `etcdctl`, as `ETCDCTL_…`. Holds a password perhaps; given to no other process. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Copies, the isolated member and saved clusters of all runs. */
  readonly workDir: string;
  /** Where the processes of all members are on record, when this tool may start and stop them. */
  readonly localRunDir?: string;
  /** One for each address: what one etcd says of a user's token is nothing to another. */
  openGateway(endpoint: string): Gateway;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly reporter: Reporter;
  freePorts(count: number): Promise<number[]>;
}
