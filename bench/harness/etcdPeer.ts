import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Client, credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { Etcd } from '../../test/support/etcd.ts';
import type { Setting } from './benchmark.ts';
import { findProgram, HOW_TO_GET, ROOT } from './programs.ts';

/** What stands in the way of a comparison with etcd, if anything does. */
export function etcdMissing(): string[] {
  return ['etcd', 'etcdctl'].flatMap((name) =>
    findProgram(name) === undefined ? [HOW_TO_GET[name] ?? name] : [],
  );
}

/** Three real members on this machine, each with its own directory on the same disk. */
export async function startEtcd({ defer }: Pick<Setting, 'defer'>, members = 3): Promise<Etcd> {
  const etcd = await Etcd.start({ members });
  defer(() => etcd.stop());
  return etcd;
}

type Call = (request: object, done: (error: ServiceError | null, answer: { count?: string }) => void) => void;

/** A client over gRPC, as etcd's own are: calls share one HTTP/2 connection. */
export class EtcdClient {
  readonly #client: Client & Record<'Put' | 'Range', Call>;

  constructor(endpoint: string) {
    const definition = loadSync(join(ROOT, 'bench', 'harness', 'etcd.proto'));
    const { etcdserverpb } = loadPackageDefinition(definition) as unknown as {
      etcdserverpb: { KV: new (target: string, secure: object) => Client & Record<'Put' | 'Range', Call> };
    };
    this.#client = new etcdserverpb.KV(new URL(endpoint).host, credentials.createInsecure());
  }

  /** Resolves when a majority has it on disk. */
  async put(key: string, value: Uint8Array | string): Promise<void> {
    await promisify(this.#client.Put.bind(this.#client))({
      key: Buffer.from(key),
      value: Buffer.from(value),
    });
  }

  /** Linearizable. */
  async has(key: string): Promise<boolean> {
    const answer = await promisify(this.#client.Range.bind(this.#client))({ key: Buffer.from(key) });
    return Number(answer?.count ?? 0) > 0;
  }

  close(): void {
    this.#client.close();
  }
}
