import type { Position } from './ids.ts';

/** One appended record and its place. `crc` is the CRC-32C of the payload, checked wherever an entry is read. */
export interface Entry {
  readonly position: Position;
  readonly payload: Uint8Array;
  readonly crc: number;
}
