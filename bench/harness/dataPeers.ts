import { createHash, randomFillSync } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { Setting } from './benchmark.ts';
import { findProgram, runProgram } from './programs.ts';
import type { S3Peer } from './s3Peer.ts';

export const MIB = 2 ** 20;
const PART_BYTES = 8 * MIB;
/** As many as `backup --data` has on their way. */
const IN_FLIGHT = 4;

/** So many bytes that nobody can compress, as entries are here. */
export async function dataFile({ dir }: Setting, mebibytes: number): Promise<string> {
  const path = join(dir, 'data');
  const file = await open(path, 'w');
  const block = Buffer.alloc(MIB);
  try {
    for (let written = 0; written < mebibytes; written += 1) await file.write(randomFillSync(block));
  } finally {
    await file.close();
  }
  return path;
}

/** The file as one multipart upload. */
export async function bareUpload({ client, bucket }: S3Peer, path: string, key: string): Promise<void> {
  const target = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const file = await open(path);
  const { size } = await file.stat();
  const parts: { ETag: string | undefined; PartNumber: number }[] = [];
  let next = 0;
  const lane = async () => {
    for (let part = next++; part * PART_BYTES < size; part = next++) {
      const length = Math.min(PART_BYTES, size - part * PART_BYTES);
      const Body = Buffer.alloc(length);
      await file.read(Body, 0, length, part * PART_BYTES);
      const PartNumber = part + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
      parts.push({ ETag, PartNumber });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await file.close();
  const Parts = parts.sort((a, b) => a.PartNumber - b.PartNumber);
  await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
}

/** Every object below a prefix, its bytes thrown away; answers how many they were. */
export async function bareDownload(s3: S3Peer, prefix: string): Promise<number> {
  const keys = await keysBelow(s3, prefix);
  let bytes = 0;
  let next = 0;
  const lane = async () => {
    for (let key = keys[next++]; key !== undefined; key = keys[next++]) {
      const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }));
      for await (const chunk of Body as AsyncIterable<Buffer>) bytes += chunk.length;
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return bytes;
}

export async function deleteBelow(s3: S3Peer, prefix: string): Promise<void> {
  const keys = await keysBelow(s3, prefix);
  for (let from = 0; from < keys.length; from += 1_000) {
    const Objects = keys.slice(from, from + 1_000).map((Key) => ({ Key }));
    await s3.client.send(new DeleteObjectsCommand({ Bucket: s3.bucket, Delete: { Objects } }));
  }
}

async function keysBelow({ client, bucket }: S3Peer, Prefix: string): Promise<string[]> {
  const keys: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken }));
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return keys;
}

/** Its own format, which deduplicates and encrypts, in a directory on the same disk. */
export class Restic {
  readonly #path: string;
  readonly #dir: string;
  readonly #data: string;

  constructor(path: string, dir: string, data: string) {
    this.#path = path;
    this.#dir = dir;
    this.#data = data;
    process.env.RESTIC_PASSWORD = createHash('sha256').update(dir).digest('hex');
  }

  static find({ dir }: Setting, data: string): Restic | undefined {
    const path = findProgram('restic');
    return path === undefined ? undefined : new Restic(path, dir, data);
  }

  async fresh(): Promise<void> {
    await rm(this.#repository, { recursive: true, force: true });
    await this.#run('init');
  }

  backup(): Promise<void> {
    return this.#run('backup', this.#data);
  }

  async restore(): Promise<void> {
    const target = join(this.#dir, 'restored');
    await this.#run('restore', 'latest', '--target', target);
    await rm(target, { recursive: true });
  }

  get #repository(): string {
    return join(this.#dir, 'restic');
  }

  async #run(...args: string[]): Promise<void> {
    await runProgram(this.#path, ['--no-cache', '--repo', this.#repository, ...args]);
  }
}
