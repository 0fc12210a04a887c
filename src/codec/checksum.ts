import { crc32c as castagnoli } from '@node-rs/crc32';

/** CRC-32C (Castagnoli, RFC 3720 §12.1) of some bytes, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  return castagnoli(bytes) >>> 0;
}
