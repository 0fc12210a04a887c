/** What OpenSSL's codes mean to who reads them at night; the first that fits. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [
    /^CERT_HAS_EXPIRED$/,
    'its certificate has expired, or the clock of this machine runs ahead: renew the certificate, or set the clock',
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    'its certificate is not valid yet, or the clock of this machine runs behind: set the clock',
  ],
  [/ALERT_CERTIFICATE_EXPIRED/, 'it says that our certificate has expired: renew it'],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/,
    'it does not take our certificate: expired, of another authority, or none was shown',
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name than this address'],
  [/^(CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_OSSL_)/, 'certificates do not fit'],
];

/**
 * Why TLS was refused, by us or by the server; `undefined` when that is not what happened. A server that rejects our
 * certificate does so before it reads a request: nothing was done.
 */
export function tlsFailure(codes: readonly string[]): string | undefined {
  for (const [pattern, meaning] of MEANINGS) if (codes.some((code) => pattern.test(code))) return meaning;
  return undefined;
}
