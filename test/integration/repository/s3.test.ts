import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { recoveryId } from '../../../src/core/ids.ts';
import { openS3Repository, type S3Options } from '../../../src/drivers/repository-s3/s3Repository.ts';
import { Snapshots } from '../../../src/snapshots/Snapshots.ts';
import { repositoryContract } from '../../contract/repository.ts';
import { aChain, chainVersions } from '../../support/chains.ts';
import { describeWith } from '../../support/programs.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';
import { collect, fixedParts } from '../../support/snapshots.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Credentials by the SDK's own chain: from the environment. */
function credentials(accessKeyId: string, secretAccessKey: string): void {
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
}

describeWith('s3', 'a repository in a real S3 server', () => {
  let s3: S3;
  let options: S3Options;
  beforeAll(async () => {
    s3 = await startS3();
    options = { endpoint: s3.endpoint, region: s3.region, pathStyle: true };
    credentials(s3.accessKeyId, s3.secretAccessKey);
  }, 120_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await s3?.stop();
  });

  repositoryContract('s3', async () => {
    const url = `s3://${await s3.newBucket()}/some/prefix`;
    const repository = await openS3Repository(url, options);
    return { repository, another: () => openS3Repository(url, options), stop: () => repository.close() };
  });

  // Ceph 20 checks the condition and then writes where a bucket keeps versions: of 20 at once, 20 win.
  test.each([false, true])(
    'the probe says the truth of a bucket with object lock: %s',
    async (objectLock) => {
      const repository = await openS3Repository(`s3://${await s3.newBucket({ objectLock })}`, options);
      const writers = Array.from({ length: 20 }, (_, writer) =>
        repository.putIfAbsent('k', bytes(`${writer}`)),
      );
      const winners = (await Promise.all(writers)).filter((outcome) => outcome === 'created').length;
      const { createIfAbsent, problems } = await repository.probe();
      expect({ createIfAbsent, isSilent: problems.length === 0 }).toEqual({
        createIfAbsent: winners === 1,
        isSilent: winners === 1,
      });
      await repository.close();
    },
  );

  test('lists more objects than one page holds, in order', async () => {
    const repository = await openS3Repository(`s3://${await s3.newBucket()}`, options);
    const keys = Array.from({ length: 1_003 }, (_, index) => `k/${String(index).padStart(5, '0')}`);
    for (let from = 0; from < keys.length; from += 50)
      await Promise.all(keys.slice(from, from + 50).map((key) => repository.put(key, bytes('x'))));
    expect(await collect(repository.list('k/'))).toEqual(keys);
    await repository.close();
  });

  test('what is stored can be read by any S3 client, under the prefix', async () => {
    const bucket = await s3.newBucket();
    const repository = await openS3Repository(`s3://${bucket}/a/b/`, options);
    await repository.putIfAbsent('c.json', bytes('{}'));
    const client = s3.newClient();
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/b/c.json' }));
    expect(await Body?.transformToString()).toBe('{}');
    client.destroy();
    await repository.close();
  });

  test('a bucket that does not exist is not an empty one', async () => {
    const repository = await openS3Repository('s3://no-such-bucket', options);
    await expect(repository.get('k')).rejects.toMatchObject({ failure: 'notFound' });
    await expect(collect(repository.list(''))).rejects.toMatchObject({ failure: 'notFound' });
    await expect(repository.putIfAbsent('k', bytes('x'))).rejects.toMatchObject({ failure: 'notFound' });
    await repository.close();
  });

  test('a refused secret is denied, and is not in the message', async () => {
    const url = `s3://${await s3.newBucket()}`;
    credentials(s3.accessKeyId, 'a-wrong-secret-0123456789');
    const repository = await openS3Repository(url, options);
    for (const call of [
      () => repository.get('k'),
      () => repository.putIfAbsent('k', bytes('x')),
      () => collect(repository.list('')),
      () => repository.probe(),
    ]) {
      const error = await call().then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(error).toMatchObject({ failure: 'denied' });
      expect(error?.message).not.toContain('a-wrong-secret');
    }
    credentials(s3.accessKeyId, s3.secretAccessKey);
    await repository.close();
  });

  test('chain snapshots go in, come out, and are fenced', async () => {
    const repository = await openS3Repository(`s3://${await s3.newBucket()}/cluster`, options);
    const snapshots = new Snapshots({ repository, ...fixedParts });
    const chains = chainVersions(aChain(), 4);
    for (const chain of chains.slice(0, 3)) await snapshots.ensureSnapshot(chain);
    const recovery = { number: 2, recoveryId: recoveryId('01JAAAAAAAAAAAAAAAAAAAAAAA') };
    expect(await snapshots.claimGeneration(recovery)).toEqual({ outcome: 'claimed' });
    expect((await snapshots.fence(aChain().logId, recovery)).newest?.ref.version).toBe(3);
    const late = snapshots.ensureSnapshot(chains[3] ?? aChain());
    await expect(late).rejects.toMatchObject({ code: 'E_FENCED' });
    await repository.close();
  });
});

describe('an S3 server that misbehaves', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    vi.unstubAllEnvs();
  });

  const repositoryAt = async (answer: RequestListener, more: S3Options = {}) => {
    credentials('anybody', 'any-secret');
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const repository = await openS3Repository('s3://bucket', {
      endpoint: `http://127.0.0.1:${port}`,
      ...more,
    });
    stops.push(async () => {
      await repository.close();
      server.closeAllConnections();
      server.close();
    });
    return repository;
  };

  /** Objects in memory; `lose` decides which answers to a put are lost after it was done. */
  const losing = (objects: Map<string, Buffer>, lose: () => boolean): RequestListener => {
    return async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const key = request.url?.split('?')[0] ?? '';
      if (request.method === 'GET') {
        const object = objects.get(key);
        response.writeHead(object === undefined ? 404 : 200).end(object);
        return;
      }
      const isTaken = objects.has(key);
      if (!isTaken) objects.set(key, Buffer.concat(parts));
      if (lose()) request.socket.resetAndDestroy();
      else response.writeHead(isTaken ? 412 : 200).end();
    };
  };

  test('all answers to a put are lost: what is there says that it was ours', async () => {
    const repository = await repositoryAt(losing(new Map(), () => true));
    expect(await repository.putIfAbsent('k', bytes('ours'))).toBe('created');
  });

  test('all answers to a put are lost, and somebody else was first', async () => {
    const objects = new Map([['/bucket/k', Buffer.from('theirs')]]);
    const repository = await repositoryAt(losing(objects, () => true));
    expect(await repository.putIfAbsent('k', bytes('ours'))).toBe('exists');
  });

  test('nothing answers at all: the outcome is unknown, and a read is just unavailable', async () => {
    const repository = await repositoryAt(() => {}, { requestTimeoutMs: 50 });
    await expect(repository.putIfAbsent('k', bytes('x'))).rejects.toMatchObject({
      failure: 'outcomeUnknown',
    });
    await expect(repository.get('k')).rejects.toMatchObject({ failure: 'unavailable' });
  });

  test('a server that is not there was not asked', async () => {
    credentials('anybody', 'any-secret');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const repository = await openS3Repository('s3://bucket', { endpoint: `http://127.0.0.1:${port}` });
    await expect(repository.putIfAbsent('k', bytes('x'))).rejects.toMatchObject({ failure: 'unavailable' });
    await repository.close();
  });

  test('the probe finds out a server that overwrites what it says it protects', async () => {
    const objects = new Map<string, Buffer>();
    const repository = await repositoryAt(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const key = request.url?.split('?')[0] ?? '';
      if (request.method === 'PUT') objects.set(key, Buffer.concat(parts));
      if (key === '/bucket/' || key === '/bucket')
        response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
      else response.writeHead(200).end(request.method === 'GET' ? objects.get(key) : undefined);
    });
    expect(await repository.probe()).toMatchObject({
      createIfAbsent: false,
      readAfterWrite: true,
      listAfterWrite: false,
      problems: [expect.stringContaining('second writer'), expect.stringContaining('list')],
    });
  });

  test.each([
    's3://',
    's3://Bucket',
    's3://key:secret@bucket/x',
    's3://bucket/x?y',
    's3://bucket/../x',
    'http://b',
  ])('refuses the address %s, and does not repeat it', async (url) => {
    const error = await openS3Repository(url).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error).toMatchObject({ code: 'E_CONFIG' });
    expect(error?.message).not.toContain('secret@');
  });
});
