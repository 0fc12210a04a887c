import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { launchGateway } from '../../test/support/s3/gateway.ts';
import { findGateway } from '../../test/support/s3/packages.ts';
import type { Setting } from './benchmark.ts';
import { HOW_TO_GET } from './programs.ts';

export interface S3Peer {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly client: S3Client;
  /** Flags for `sandbox up`. */
  readonly flags: readonly string[];
}

export function s3Missing(): string[] {
  return findGateway() === undefined ? [HOW_TO_GET.s3 ?? 's3'] : [];
}

/** A real S3 server on loopback; commands of this process and its children have its credentials. */
export async function startS3({ defer }: Setting): Promise<S3Peer> {
  const { connection, stop } = await launchGateway();
  defer(stop);
  const { endpoint, region, accessKeyId, secretAccessKey } = connection;
  process.env.AWS_ACCESS_KEY_ID = accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = secretAccessKey;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
  defer(async () => client.destroy());
  const bucket = `bench-${randomBytes(6).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const flags = ['--repo', `s3://${bucket}/dr`, '--repo-endpoint', endpoint, '--repo-region', region];
  return { endpoint, region, bucket, client, flags };
}
