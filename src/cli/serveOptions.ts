import { type Options, usageError } from './options.ts';

/** `--tls-cert` and `--tls-key`: both or neither. */
export function tlsOf(options: Options): { tls?: { certFile: string; keyFile: string } } {
  const certFile = options.text('tlsCert');
  const keyFile = options.text('tlsKey');
  if (certFile === undefined && keyFile === undefined) return {};
  if (certFile === undefined || keyFile === undefined) {
    throw usageError('--tls-cert and --tls-key belong together.');
  }
  return { tls: { certFile, keyFile } };
}
