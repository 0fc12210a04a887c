import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../support/programs.ts';
import { type S3, startS3 } from '../support/s3/s3.ts';

// The backup repository's tests are worth no more than the server they run on: this proves it is a real one.
describeWith('s3', 'the S3 server under the tests', () => {
  let s3: S3;
  let client: S3Client;

  beforeAll(async () => {
    s3 = await startS3();
    client = s3.newClient();
  }, 120_000);

  afterAll(async () => {
    client?.destroy();
    await s3?.stop();
  });

  const createIfAbsent = (bucket: string, body: string) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: 'once', Body: body, IfNoneMatch: '*' }));
  const read = async (bucket: string, key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body?.transformToString();
  };
  const refused = (httpStatusCode: number, name: string) => ({ name, $metadata: { httpStatusCode } });

  test('gives back what was put', async () => {
    const bucket = await s3.newBucket();
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a/b', Body: 'kept' }));
    expect(await read(bucket, 'a/b')).toBe('kept');
  });

  test('gives every caller a bucket of its own', async () => {
    const [one, other] = [await s3.newBucket(), await s3.newBucket()];
    await client.send(new PutObjectCommand({ Bucket: one, Key: 'k', Body: 'x' }));
    await expect(read(other, 'k')).rejects.toMatchObject(refused(404, 'NoSuchKey'));
  });

  const expectSecondPutRefused = async (bucket: string) => {
    await createIfAbsent(bucket, 'first');
    const second = createIfAbsent(bucket, 'second');
    await expect(second).rejects.toMatchObject(refused(412, 'PreconditionFailed'));
    expect(await read(bucket, 'once')).toBe('first');
  };

  test('refuses a second create-if-absent put', async () => {
    await expectSecondPutRefused(await s3.newBucket());
  });

  test('refuses it under object lock too', async ({ skip }) => {
    skip(s3.suite === 'bookworm', 'RGW 16 ignores the condition in a versioned bucket');
    await expectSecondPutRefused(await s3.newBucket({ objectLock: true }));
  });

  test('lets one of 20 concurrent create-if-absent puts win, and keeps its body', async () => {
    const bucket = await s3.newBucket();
    const bodies = Array.from({ length: 20 }, (_, index) => `writer ${index}`);
    const results = await Promise.allSettled(bodies.map((body) => createIfAbsent(bucket, body)));
    const winners = bodies.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect(await read(bucket, 'once')).toBe(winners[0]);
  });

  test('refuses a wrong secret', async () => {
    const bucket = await s3.newBucket();
    const stranger = s3.newClient({ accessKeyId: s3.accessKeyId, secretAccessKey: 'not the secret' });
    const attempt = stranger.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x' }));
    await expect(attempt).rejects.toMatchObject(refused(403, 'SignatureDoesNotMatch'));
    stranger.destroy();
  });
});
