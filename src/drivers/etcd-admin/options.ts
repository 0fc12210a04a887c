import type { z } from 'zod';
import type { Clock } from '../../ports/Clock.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
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

export interface EtcdAdminOptions {
  readonly members: readonly MemberPlace[];
  /** Where the registers lie in etcd. */
  readonly prefix: string;
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
  openRegisters(endpoints: readonly string[]): MetaStore;
  openFile(dir: string): Promise<MetaStore>;
  freePorts(count: number): Promise<number[]>;
}
