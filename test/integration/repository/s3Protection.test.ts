import { DeleteObjectCommand, HeadObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { encryptionProblems } from '../../../src/drivers/repository-s3/protection.ts';
import { openS3Repository, type S3Options } from '../../../src/drivers/repository-s3/s3Repository.ts';
import { describeWith } from '../../support/programs.ts';
import { FaultProxy } from '../../support/s3/faultProxy.ts';
import { type S3, startS3 } from '../../support/s3/s3.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describeWith('s3', 'what protects objects in a real S3 server', () => {
  let s3: S3;
  let options: S3Options;
  beforeAll(async () => {
    s3 = await startS3();
    options = { endpoint: s3.endpoint, region: s3.region, pathStyle: true };
    vi.stubEnv('AWS_ACCESS_KEY_ID', s3.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', s3.secretAccessKey);
  }, 120_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await s3?.stop();
  });

  test('objects are encrypted with the key that was named, and the probe has read that back', async () => {
    const bucket = await s3.newBucket();
    const encryption = { algorithm: 'aws:kms', kmsKeyId: 'testkey-1' } as const;
    const repository = await openS3Repository(`s3://${bucket}`, { ...options, encryption });
    expect((await repository.probe()).problems).toEqual([]);
    await repository.putIfAbsent('k', bytes('secret'));
    const client = s3.newClient();
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
    expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'testkey-1' });
    expect(new TextDecoder().decode(await repository.get('k'))).toBe('secret');
    client.destroy();
    await repository.close();
  });

  test('what is written once cannot be deleted before its time, and a hint can be overwritten', async () => {
    const bucket = await s3.newBucket({ objectLock: true });
    const retention = { mode: 'compliance', days: 1 } as const;
    const repository = await openS3Repository(`s3://${bucket}`, { ...options, retention });
    await repository.putIfAbsent('k', bytes('x'));
    await repository.put('hint', bytes('1'));
    await repository.put('hint', bytes('2'));
    const client = s3.newClient();
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const remove = (key: string) => {
      const VersionId = Versions.find(({ Key }) => Key === key)?.VersionId;
      return client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId }));
    };
    await expect(remove('k')).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    await expect(remove('hint')).resolves.toBeDefined();
    client.destroy();
    await repository.close();
  });

  test('a network that loses answers does not make a good bucket look like one that lets two writers win', async () => {
    const proxy = await FaultProxy.start(s3.endpoint, 3);
    // The first writer's, and one that wins a race: the SDK sends them again, and they meet themselves.
    proxy.lostWrites = [1, 4];
    const bucket = await s3.newBucket();
    const repository = await openS3Repository(`s3://${bucket}`, { ...options, endpoint: proxy.endpoint });
    expect(await repository.probe()).toMatchObject({ createIfAbsent: true, problems: [] });
    await repository.close();
    await proxy.stop();
  });

  test('a second writer is counted where the bucket keeps versions, and is not known elsewhere', async () => {
    for (const [objectLock, expected] of [
      [true, 2],
      [false, undefined],
    ] as const) {
      const repository = await openS3Repository(`s3://${await s3.newBucket({ objectLock })}`, options);
      await repository.put('k', bytes('one'));
      await repository.put('k', bytes('two'));
      await repository.put('k2', bytes('another key that begins with it'));
      expect(await repository.timesWritten('k')).toBe(expected);
      await repository.close();
    }
  });
});

test.each([
  ['says nothing of it', {}, 1],
  ['used another algorithm', { ServerSideEncryption: 'AES256' }, 1],
  ['used another key', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:x/other' }, 1],
  ['did as it was asked', { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:x/mine' }, 0],
] as const)('an object that %s is told from one that did not', (_, head, problems) => {
  expect(encryptionProblems({ algorithm: 'aws:kms', kmsKeyId: 'mine' }, head)).toHaveLength(problems);
});
