import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import type { PackageDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { PortError } from '../../core/errors.ts';
import { translate } from './failures.ts';
import { type Method, reflect } from './reflection.ts';

export interface RestateClientOptions {
  readonly requestTimeoutMs: number;
  /** PEM texts. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
}

/** One question to one node. */
export interface Call {
  /** `node_ctl_svc.NodeCtlSvc/GetIdent`, without the engine's own prefix. */
  readonly method: string;
  readonly request?: object;
  /** It may change something: without an answer nobody knows whether it did. */
  readonly changes?: true;
  /** Where it may take longer than a question. */
  readonly timeoutMs?: number;
}

/** Registers with many chains are large. */
const MESSAGE_BYTES = 256 * 1024 * 1024;
const PACKAGE = 'restate';

/**
 * gRPC to any node by its address. What a node offers is learnt from the node itself, once; a call that it lacks is
 * `notFound` with the name of what is missing. Retries nothing.
 */
export class RestateClient {
  readonly #options: RestateClientOptions;
  readonly #clients = new Map<string, Client>();
  readonly #offers = new Map<string, Promise<PackageDefinition>>();

  constructor(options: RestateClientOptions) {
    this.#options = options;
  }

  async ask<Reply extends object>(address: string, call: Call): Promise<Reply> {
    const method = await this.#methodOf(address, call.method);
    const client = this.#clientOf(address);
    return await new Promise<Reply>((resolve, reject) => {
      const { path, requestSerialize, responseDeserialize } = method;
      const deadline = this.#deadline(call.timeoutMs);
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        call.request ?? {},
        { deadline },
        (error, reply) => {
          if (error !== null || reply === undefined) reject(translate(subjectOf(address, call), error));
          else resolve(reply as Reply);
        },
      );
    });
  }

  /** All messages of an answer that comes in several. */
  async askAll<Reply extends object>(address: string, call: Call): Promise<Reply[]> {
    const method = await this.#methodOf(address, call.method);
    const { path, requestSerialize, responseDeserialize } = method;
    const deadline = this.#deadline(call.timeoutMs);
    const stream = this.#clientOf(address).makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      call.request ?? {},
      { deadline },
    );
    const replies: Reply[] = [];
    try {
      for await (const reply of stream) replies.push(reply as Reply);
    } catch (error) {
      throw translate(subjectOf(address, call), error);
    }
    return replies;
  }

  /** Whether this node's version has that call. */
  async offers(address: string, method: string): Promise<boolean> {
    return findMethod(await this.#offersOf(address), method) !== undefined;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  async #methodOf(address: string, name: string): Promise<Method> {
    const found = findMethod(await this.#offersOf(address), name);
    if (found !== undefined) return found;
    throw new PortError('notFound', {
      subject: `restate ${name} at ${address}`,
      message:
        'this node does not offer the call: Restate 1.5 or later is needed, some calls came with later ones',
    });
  }

  /** Nodes are of one version but during an upgrade, so each is asked for itself. A failure is not remembered. */
  #offersOf(address: string): Promise<PackageDefinition> {
    const known = this.#offers.get(address);
    if (known !== undefined) return known;
    const asked = reflect(this.#clientOf(address), this.#deadline()).catch((error: unknown) => {
      this.#offers.delete(address);
      throw translate({ subject: `reflection at ${address}`, changes: false }, error);
    });
    this.#offers.set(address, asked);
    return asked;
  }

  #clientOf(address: string): Client {
    const known = this.#clients.get(address);
    if (known !== undefined) return known;
    const { protocol, host } = new URL(address);
    const client = new Client(host, this.#credentials(protocol), {
      'grpc.max_receive_message_length': MESSAGE_BYTES,
      'grpc.max_send_message_length': MESSAGE_BYTES,
      // A node that comes back is asked again at once, not after a growing pause.
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
    });
    this.#clients.set(address, client);
    return client;
  }

  #credentials(protocol: string): ChannelCredentials {
    if (protocol !== 'https:') return credentials.createInsecure();
    const { ca, key, cert } = this.#options.tls ?? {};
    const bytes = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
    return credentials.createSsl(bytes(ca), bytes(key), bytes(cert));
  }

  #deadline(timeoutMs = this.#options.requestTimeoutMs): number {
    return Date.now() + timeoutMs;
  }
}

function findMethod(offered: PackageDefinition, name: string): Method | undefined {
  const [service = '', method = ''] = name.split('/');
  const found = offered[`${PACKAGE}.${service}`] as ServiceDefinition | undefined;
  return found?.[method];
}

function subjectOf(address: string, call: Call): { subject: string; changes: boolean } {
  return { subject: `${call.method} at ${address}`, changes: call.changes === true };
}
