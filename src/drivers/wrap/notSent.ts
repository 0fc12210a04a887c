/**
 * Codes of a request that never reached its server: certainly not done. Every other failure without an answer leaves
 * open whether it was; a code too many here would call a compare-and-set that happened undone.
 */
export const NOT_SENT: readonly string[] = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
];
