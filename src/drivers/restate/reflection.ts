import type { Client, ClientDuplexStream } from '@grpc/grpc-js';
import {
  fromJSON,
  loadFileDescriptorSetFromBuffer,
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
} from '@grpc/proto-loader';

export type Method = MethodDefinition<object, object>;

/** How messages look in this program: 64-bit numbers as decimal text, all fields present, names as declared. */
const SHAPE = { keepCase: true, longs: String, enums: String, defaults: true, oneofs: true } as const;

/** What is needed of `grpc.reflection.v1`, and of the descriptors that it hands out as bytes. */
const DEFINITIONS = fromJSON(
  {
    nested: {
      Request: {
        oneofs: {
          message_request: { oneof: ['file_by_filename', 'file_containing_symbol', 'list_services'] },
        },
        fields: {
          file_by_filename: { type: 'string', id: 3 },
          file_containing_symbol: { type: 'string', id: 4 },
          list_services: { type: 'string', id: 7 },
        },
      },
      Response: {
        fields: {
          file_descriptor_response: { type: 'Files', id: 4 },
          list_services_response: { type: 'Services', id: 6 },
          error_response: { type: 'Problem', id: 7 },
        },
      },
      Files: { fields: { file_descriptor_proto: { rule: 'repeated', type: 'bytes', id: 1 } } },
      Services: { fields: { service: { rule: 'repeated', type: 'Service', id: 1 } } },
      Service: { fields: { name: { type: 'string', id: 1 } } },
      Problem: { fields: { error_code: { type: 'int32', id: 1 }, error_message: { type: 'string', id: 2 } } },
      File: {
        fields: { name: { type: 'string', id: 1 }, dependency: { rule: 'repeated', type: 'string', id: 3 } },
      },
      FileSet: { fields: { file: { rule: 'repeated', type: 'bytes', id: 1 } } },
    },
  },
  SHAPE,
);

interface Reply {
  readonly file_descriptor_response: { readonly file_descriptor_proto: readonly Uint8Array[] } | null;
  readonly list_services_response: { readonly service: readonly { readonly name: string }[] } | null;
  readonly error_response: { readonly error_message: string } | null;
}

/**
 * Everything that a server offers, as it describes itself (`grpc.reflection.v1`): its services, and the files that
 * these need. Nothing of the engine's own protocol files is kept in this program.
 */
export async function reflect(client: Client, deadlineMs: number): Promise<PackageDefinition> {
  const request = message<object>('Request');
  const stream = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    request.serialize,
    message<Reply>('Response').deserialize,
    { deadline: deadlineMs },
  );
  try {
    const answers = repliesOf(stream);
    const ask = async (question: object): Promise<Reply> => {
      stream.write(question);
      const { value } = await answers.next();
      if (value === undefined) throw new Error('the server ended its description');
      return value;
    };
    const files = await readFiles(ask);
    const set = message<{ file: readonly Uint8Array[] }>('FileSet').serialize({ file: files });
    return loadFileDescriptorSetFromBuffer(set, SHAPE);
  } finally {
    stream.on('error', () => undefined);
    stream.cancel();
  }
}

async function readFiles(ask: (question: object) => Promise<Reply>): Promise<readonly Uint8Array[]> {
  const listed = await ask({ list_services: '' });
  const services = listed.list_services_response?.service ?? [];
  const files = new Map<string, Uint8Array>();
  const wanted: object[] = services.map(({ name }) => ({ file_containing_symbol: name }));
  for (let question = wanted.pop(); question !== undefined; question = wanted.pop()) {
    const reply = await ask(question);
    for (const bytes of reply.file_descriptor_response?.file_descriptor_proto ?? []) {
      const { name, dependency } = message<{ name: string; dependency: string[] }>('File').deserialize(
        Buffer.from(bytes),
      );
      if (files.has(name)) continue;
      files.set(name, bytes);
      wanted.push(...dependency.filter((one) => !files.has(one)).map((one) => ({ file_by_filename: one })));
    }
  }
  return [...files.values()];
}

async function* repliesOf(stream: ClientDuplexStream<object, Reply>): AsyncGenerator<Reply, undefined> {
  for await (const reply of stream) yield reply as Reply;
  return undefined;
}

function message<T>(name: string): MessageTypeDefinition<T, T> {
  return DEFINITIONS[name] as unknown as MessageTypeDefinition<T, T>;
}
