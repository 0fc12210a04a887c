import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { type Connection, launchGateway } from './gateway.ts';

export interface S3 extends Connection {
  /** A fresh, empty bucket; `objectLock` also turns versioning on, as S3 demands. */
  newBucket(options?: { objectLock?: boolean }): Promise<string>;
  /** An SDK client set up for this server; the caller destroys it. */
  newClient(credentials?: { accessKeyId: string; secretAccessKey: string }): S3Client;
  /** Lets go of the server. The run's shared one goes on until the run ends. */
  stop(): Promise<void>;
}

/**
 * The run's shared S3 server: call it in each test file, under `describeWith('s3', …)`. Where vitest was configured
 * without ./globalSetup.ts, the file gets a server of its own, which ends with `stop` or with the worker.
 */
export async function startS3(): Promise<S3> {
  const broker = inject('s3Broker');
  if (broker !== undefined) return handle(await askBroker(broker), async () => undefined);
  const gateway = await launchGateway();
  return handle(gateway.connection, gateway.stop);
}

async function askBroker(broker: string): Promise<Connection> {
  const response = await fetch(broker);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Connection;
}

function handle(connection: Connection, release: () => Promise<void>): S3 {
  const newClient: S3['newClient'] = (credentials = connection) =>
    new S3Client({
      endpoint: connection.endpoint,
      region: connection.region,
      forcePathStyle: true,
      credentials,
    });
  const own = newClient();
  return {
    ...connection,
    newClient,
    async newBucket({ objectLock = false } = {}) {
      const bucket = `test-${randomBytes(8).toString('hex')}`;
      await own.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: objectLock }));
      return bucket;
    },
    async stop() {
      own.destroy();
      await release();
    },
  };
}
