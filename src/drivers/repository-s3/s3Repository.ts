import { createHash, randomUUID } from 'node:crypto';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { isRepositoryKey } from '../../codec/repositoryKey.ts';
import { isPortError, PortError } from '../../core/errors.ts';
import type { Repository, RepositoryGuarantees } from '../../ports/Repository.ts';
import { probeRepository } from '../wrap/probeRepository.ts';
import { isMissingKey, statusOf, translate } from './failures.ts';
import { parseS3Url, type S3Location } from './location.ts';
import {
  type Encryption,
  encryptionHeaders,
  encryptionProblems,
  type Protection,
  type Retention,
  retentionHeaders,
} from './protection.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

export interface S3Options {
  readonly endpoint?: string;
  readonly region?: string;
  readonly pathStyle?: boolean;
  readonly requestTimeoutMs?: number;
  readonly encryption?: Encryption;
  readonly retention?: Retention;
}

/** How often the SDK itself sends one request. */
const ATTEMPTS = 3;
/** How often a conditional write is sent again when the server says that another one is under way. */
const CONFLICTS = 5;

/**
 * Objects in a bucket of any S3-compatible store. Whether it keeps its promises is for `probe` to find out: some
 * servers answer 200 to a conditional write that overwrote, and some only in buckets that keep versions.
 */
export class S3Repository implements Repository {
  readonly url: string;
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #location: S3Location;
  readonly #protection: Protection;

  /** Use `openS3Repository`. */
  constructor(sdk: Sdk, client: S3Client, location: S3Location, protection: Protection = {}) {
    this.#protection = protection;
    this.#sdk = sdk;
    this.#client = client;
    this.#location = location;
    this.url = location.url;
  }

  /** After a lost answer the object itself says whether this call wrote it. */
  async putIfAbsent(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    mustBeKey(key);
    try {
      return await this.#create(key, bytes);
    } catch (error) {
      if (!isPortError(error, 'outcomeUnknown')) throw error;
      const there = await this.get(key).catch(() => undefined);
      if (there === undefined) throw error;
      return Buffer.from(there).equals(bytes) ? 'created' : 'exists';
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    mustBeKey(key);
    try {
      await this.#send(key, bytes, {});
    } catch (error) {
      throw translate(`put ${key}`, error, { writes: true });
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await this.#client.send(new this.#sdk.GetObjectCommand(this.#object(key)));
      return await Body?.transformToByteArray();
    } catch (error) {
      if (isMissingKey(error)) return undefined;
      throw translate(`get ${key}`, error, { writes: false });
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    const { bucket, prefix: own } = this.#location;
    let token: string | undefined;
    do {
      const page = await this.#page({
        Bucket: bucket,
        Prefix: own + prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      for (const { Key } of page.Contents ?? []) if (Key !== undefined) yield Key.slice(own.length);
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    try {
      await this.#client.send(new this.#sdk.DeleteObjectCommand(this.#object(key)));
    } catch (error) {
      if (!isMissingKey(error)) throw translate(`delete ${key}`, error, { writes: true });
    }
  }

  async probe(): Promise<RepositoryGuarantees> {
    const key = `probe/${randomUUID()}`;
    const found = await probeRepository(this, key);
    const problems = await this.#protectionProblems(`${key}-protected`);
    return { ...found, problems: [...found.problems, ...problems] };
  }

  /** Where the bucket keeps versions each write of a key is one of them; where it does not, there is nothing to count. */
  async timesWritten(key: string): Promise<number | undefined> {
    const { Bucket, Key } = this.#object(key);
    try {
      const { Versions = [] } = await this.#client.send(
        new this.#sdk.ListObjectVersionsCommand({ Bucket, Prefix: Key }),
      );
      const own = Versions.filter((version) => version.Key === Key);
      return own.some(({ VersionId }) => VersionId !== undefined && VersionId !== 'null')
        ? own.length
        : undefined;
    } catch (error) {
      const failure = translate(`versions of ${key}`, error, { writes: false });
      // Whoever may not list versions cannot be told.
      if (failure.failure === 'denied') return undefined;
      throw failure;
    }
  }

  async close(): Promise<void> {
    this.#client.destroy();
  }

  async #create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    for (let conflicts = 0; ; conflicts += 1) {
      try {
        await this.#send(key, bytes, { IfNoneMatch: '*', ...this.#lockOf(key) });
        return 'created';
      } catch (error) {
        if (statusOf(error) === 412) return 'exists';
        // 409: another conditional write of this key had not ended. Nothing was done; the next try sees its result.
        if (statusOf(error) !== 409 || conflicts === CONFLICTS)
          throw translate(`put ${key}`, error, { writes: true });
      }
    }
  }

  /** A Buffer, never a stream; with the algorithm named: servers check the SHA-256 only then. */
  async #send(key: string, bytes: Uint8Array, condition: Partial<PutObjectCommandInput>): Promise<void> {
    const sha256 = createHash('sha256').update(bytes).digest();
    const put = new this.#sdk.PutObjectCommand({
      ...this.#object(key),
      Body: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      ChecksumAlgorithm: 'SHA256',
      ChecksumSHA256: sha256.toString('base64'),
      ContentType: 'application/json',
      ...encryptionHeaders(this.#protection.encryption),
      ...condition,
    });
    // The signature covers the same digest: told of it, the SDK does not compute it again.
    put.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { readonly headers: Record<string, string> };
        headers['x-amz-content-sha256'] = sha256.toString('hex');
        return next(args);
      },
      { step: 'build' },
    );
    await this.#client.send(put);
  }

  async #page(input: { Bucket: string; Prefix: string; ContinuationToken?: string }) {
    try {
      const page = await this.#client.send(new this.#sdk.ListObjectsV2Command(input));
      if (page.IsTruncated === true && page.NextContinuationToken === undefined)
        throw new PortError('corrupt', {
          subject: 'list',
          message: 'a page says there are more and not where',
        });
      return page;
    } catch (error) {
      throw translate(`list ${input.Prefix}`, error, { writes: false });
    }
  }

  /** Some servers take the header for encryption and do nothing: only what the object itself says counts. */
  async #protectionProblems(key: string): Promise<string[]> {
    const wanted = this.#protection.encryption;
    if (wanted === undefined) return [];
    await this.put(key, new TextEncoder().encode('is it encrypted?'));
    try {
      const head = await this.#client.send(new this.#sdk.HeadObjectCommand(this.#object(key)));
      return encryptionProblems(wanted, head);
    } catch (error) {
      throw translate(`head ${key}`, error, { writes: false });
    } finally {
      await this.delete(key).catch(() => {});
    }
  }

  /** What is written once is locked; a probe and a hint are not, they must go or change. */
  #lockOf(key: string): Partial<PutObjectCommandInput> {
    return key.startsWith('probe/') ? {} : retentionHeaders(this.#protection.retention, Date.now());
  }

  #object(key: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.#location;
    return { Bucket: bucket, Key: prefix + key };
  }
}

/** Opens `s3://bucket/prefix`. Nothing is asked of the server yet. Credentials come by the SDK's own chain. */
export async function openS3Repository(url: string, options: S3Options = {}): Promise<S3Repository> {
  const location = parseS3Url(url);
  const { endpoint, region, pathStyle = endpoint !== undefined, requestTimeoutMs = 30_000 } = options;
  // The SDK warns of a future need for a newer Node at every start; the lock file holds a version that runs here.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? process.env.AWS_REGION ?? 'us-east-1' }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    // Whatever is read is held against its own digest by whoever asked for it: hashing it twice proves no more.
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: Math.min(requestTimeoutMs, 5_000),
      requestTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
    },
  });
  return new S3Repository(sdk, client, location, options);
}

function mustBeKey(key: string): void {
  if (!isRepositoryKey(key)) throw new Error(`not a repository key: ${key}`);
}
