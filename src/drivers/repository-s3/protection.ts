import type { HeadObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3';

/** What S3 is asked to encrypt with. */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  readonly kmsKeyId?: string;
}

/** How long nobody may delete or overwrite a version. `compliance`: not even the account's owner. */
export interface Retention {
  readonly mode: 'governance' | 'compliance';
  readonly days: number;
}

export interface Protection {
  readonly encryption?: Encryption;
  readonly retention?: Retention;
}

const DAY_MS = 86_400_000;

export function encryptionHeaders(encryption: Encryption | undefined): Partial<PutObjectCommandInput> {
  if (encryption === undefined) return {};
  const { algorithm, kmsKeyId } = encryption;
  return { ServerSideEncryption: algorithm, ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }) };
}

export function retentionHeaders(
  retention: Retention | undefined,
  now: number,
): Partial<PutObjectCommandInput> {
  if (retention === undefined) return {};
  return {
    ObjectLockMode: retention.mode === 'compliance' ? 'COMPLIANCE' : 'GOVERNANCE',
    ObjectLockRetainUntilDate: new Date(now + retention.days * DAY_MS),
  };
}

/** What an object says of itself, against what was asked. */
export function encryptionProblems(
  { algorithm, kmsKeyId }: Encryption,
  head: Pick<HeadObjectCommandOutput, 'ServerSideEncryption' | 'SSEKMSKeyId'>,
): string[] {
  const is = head.ServerSideEncryption;
  if (is !== algorithm)
    return [`It was asked to encrypt with ${algorithm}, and says ${is ?? 'nothing of it'}.`];
  const isOtherKey =
    kmsKeyId !== undefined && head.SSEKMSKeyId !== undefined && !head.SSEKMSKeyId.endsWith(kmsKeyId);
  return isOtherKey ? ['It encrypts with another key than the one that was named.'] : [];
}
