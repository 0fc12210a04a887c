import { z } from 'zod';
import { PortError } from '../../core/errors.ts';
import { type RegisterSet, type RegisterValue, sameRegister, sameSet } from '../../core/registerSet.ts';
import type { MetaStoreHealth } from '../../ports/MetaStore.ts';
import type { PutOutcome, RegisterStore } from '../../ports/RegisterStore.ts';
import { readUntilStill } from '../wrap/readUntilStill.ts';
import { translate, translated } from './failures.ts';
import { EtcdGateway, type GatewayOptions } from './gateway.ts';
import { healthOf } from './health.ts';
import { type Compare, encodeText, type Operation, rangeRequest, txnReply, txnRequest } from './wire.ts';

/** Values here are bytes, not text. */
const bytes = z
  .string()
  .default('')
  .transform((encoded) => new Uint8Array(Buffer.from(encoded, 'base64')));
const pageReply = z.object({
  kvs: z.array(z.object({ key: bytes, value: bytes })).default([]),
  more: z.boolean().default(false),
});
const pairReply = z.object({
  responses: z.array(z.object({ response_range: pageReply })).default([]),
});
const RANGE = { path: '/v3/kv/range', request: rangeRequest, reply: pageReply };
const READ_PAIR = { path: '/v3/kv/txn', request: txnRequest, reply: pairReply };
const TXN = { path: '/v3/kv/txn', request: txnRequest, reply: txnReply };
const PAGE = 5_000;
/** etcd takes 128 operations in a transaction, unless it is told otherwise; a register is written with two. */
const READ_AT_ONCE = 128;
const FILL_AT_ONCE = 64;

/** Beside each register, its version: four bytes, the least significant first. Both are written in one transaction. */
const VERSION_SUFFIX = '::version';
/** Written to prove that a majority takes writes. It has no version beside it, so it is no register. */
const PROBE = 'vlog-dr::probe';

/** The registers of an engine that keeps them in an etcd of its own, without a prefix: each a value and its version. */
export class EtcdRegisterStore implements RegisterStore {
  readonly description;
  readonly #options: GatewayOptions;
  readonly #gateway: EtcdGateway;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.description = { kind: 'etcd', endpoints: options.endpoints };
    this.#gateway = new EtcdGateway(options);
  }

  get(key: string): Promise<RegisterValue | undefined> {
    return translated(`get ${key}`, async () => {
      const [value, version] = await this.#values([key, `${key}${VERSION_SUFFIX}`]);
      if (value === undefined && version === undefined) return undefined;
      const number = versionIn(version);
      if (value === undefined || number === undefined)
        throw new PortError('corrupt', {
          subject: `etcd get ${key}`,
          message: 'a value without its version, or a version without its value. Nothing was changed',
        });
      return { version: number, bytes: value };
    });
  }

  readAll(): Promise<RegisterSet> {
    return translated('read all', () => readUntilStill(this, () => this.#names()));
  }

  versions(): Promise<ReadonlyMap<string, number>> {
    return translated('versions', async () => {
      const names = await this.#names();
      const found = new Map<string, number>();
      for (const part of chunksOf(names, READ_AT_ONCE)) {
        const values = await this.#values(part.map((name) => `${name}${VERSION_SUFFIX}`));
        for (const [place, name] of part.entries()) found.set(name, versionIn(values[place]) ?? 0);
      }
      return found;
    });
  }

  async compareAndSet(key: string, expected: number | undefined, value: RegisterValue): Promise<PutOutcome> {
    const written = await this.#change(`compareAndSet ${key}`, [guardOf(key, expected)], putsOf(key, value));
    return written ? { outcome: 'installed' } : { outcome: 'conflict', current: await this.get(key) };
  }

  async fill(set: RegisterSet): Promise<void> {
    const parts = chunksOf([...set], FILL_AT_ONCE);
    let isWritten = true;
    for (const part of parts) {
      const compare = part.map(([key]) => guardOf(key, undefined));
      const puts = part.flatMap(([key, value]) => putsOf(key, value));
      isWritten = (await this.#change('fill', compare, puts)) && isWritten;
    }
    if (isWritten) return;
    const there = await this.readAll();
    if (sameSet(there, set)) return;
    const [differs] = [...there].find(([key, value]) => !sameRegister(set.get(key), value)) ?? [];
    throw new PortError('conflict', {
      subject: 'etcd fill',
      message: `it is not empty: ${differs ?? 'a register'} holds something else. Nothing was written`,
    });
  }

  async proveWritable(): Promise<void> {
    const key = encodeText(PROBE);
    // Never true: so the probe's own key is written, through a majority, and no register.
    const compare: Compare[] = [{ key, target: 'VERSION', result: 'LESS', version: '0' }];
    await this.#change(
      'prove writable',
      compare,
      [],
      [{ request_put: { key, value: encodeText('a probe') } }],
    );
  }

  /** How many of this etcd's keys these registers are, with what a proof has left behind. */
  countOf(set: RegisterSet): Promise<number> {
    return translated('count', async () => {
      const [probe] = await this.#values([PROBE]);
      return 2 * set.size + (probe === undefined ? 0 : 1);
    });
  }

  health(): Promise<MetaStoreHealth> {
    return healthOf(this.#gateway, this.#options.endpoints, () => this.#names());
  }

  async close(): Promise<void> {
    await this.#gateway.close();
  }

  /** Of several keys at one revision. */
  async #values(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const success = keys.map((key): Operation => ({ request_range: { key: encodeText(key) } }));
    const { responses } = await this.#gateway.read(READ_PAIR, { compare: [], success, failure: [] });
    return responses.map((one) => one.response_range.kvs[0]?.value);
  }

  async #change(
    subject: string,
    compare: Compare[],
    success: Operation[],
    failure: Operation[] = [],
  ): Promise<boolean> {
    try {
      return (await this.#gateway.change(TXN, { compare, success, failure })).succeeded;
    } catch (error) {
      throw translate(subject, error, true);
    }
  }

  /** Only what has a version beside it is a register: this etcd may hold other things. */
  async #names(): Promise<string[]> {
    const keys = new Set<string>();
    let from = '\0';
    for (;;) {
      const page = await this.#gateway.read(RANGE, {
        key: encodeText(from),
        range_end: encodeText('\0'),
        keys_only: true,
        limit: String(PAGE),
      });
      for (const { key } of page.kvs) keys.add(Buffer.from(key).toString('utf8'));
      const last = page.kvs.at(-1);
      if (!page.more || last === undefined) break;
      from = `${Buffer.from(last.key).toString('utf8')}\0`;
    }
    return [...keys].filter((key) => keys.has(`${key}${VERSION_SUFFIX}`));
  }
}

function guardOf(key: string, expected: number | undefined): Compare {
  const name = encodeText(`${key}${VERSION_SUFFIX}`);
  return expected === undefined
    ? { key: name, target: 'MOD', result: 'EQUAL', mod_revision: '0' }
    : { key: name, target: 'VALUE', result: 'EQUAL', value: versionBytes(expected) };
}

function putsOf(key: string, { version, bytes: value }: RegisterValue): Operation[] {
  return [
    { request_put: { key: encodeText(key), value: Buffer.from(value).toString('base64') } },
    { request_put: { key: encodeText(`${key}${VERSION_SUFFIX}`), value: versionBytes(version) } },
  ];
}

function versionIn(bytes: Uint8Array | undefined): number | undefined {
  if (bytes?.byteLength !== 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function versionBytes(version: number): string {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(version);
  return buffer.toString('base64');
}

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, place) =>
    all.slice(place * size, (place + 1) * size),
  );
}
