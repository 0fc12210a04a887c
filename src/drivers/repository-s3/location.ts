import { DrError } from '../../core/errors.ts';

/** `s3://bucket/prefix`, taken apart. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly url: string;
}

/** Throws `E_CONFIG`. What an address holds beyond bucket and prefix is refused unseen: it may be a secret. */
export function parseS3Url(text: string): S3Location {
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9._/-]*))?$/.exec(text);
  const path = (match?.[2] ?? '').replace(/\/+$/, '');
  if (match === null || path.split('/').some((part) => /^\.+$/.test(part)) || /(^|\/)\//.test(path))
    throw new DrError('E_CONFIG', {
      message:
        'The address of the repository is not s3://bucket/prefix. (Credentials do not belong into it.)',
      hint: 'Give the endpoint, region and path style as settings of their own; credentials come from the environment.',
    });
  const bucket = match[1] ?? '';
  return {
    bucket,
    prefix: path === '' ? '' : `${path}/`,
    url: `s3://${bucket}${path === '' ? '' : `/${path}`}`,
  };
}
