import {
  decodeChains,
  decodeEpoch,
  decodeNodes,
  decodePartitionTable,
} from '../../../codec/restate/decode.ts';
import type { RegisterSet } from '../../../core/registerSet.ts';
import type { FoundSet } from '../../../core/restate/sets.ts';
import { CHAINS, EPOCH_PREFIX, NODES, PARTITIONS } from '../../../core/restate/values.ts';

/**
 * A set as it was found, with what its registers say. One that cannot be read is left out of its set: a damaged copy is
 * no evidence, and no obstacle while another one is there.
 */
export function decodeSet(
  source: FoundSet['source'],
  name: string,
  registers: RegisterSet,
): { readonly set: FoundSet; readonly damaged: readonly string[] } {
  const damaged: string[] = [];
  const sound = new Map(registers);
  const read = <T>(
    key: string,
    decode: (bytes: Uint8Array) => { ok: true; value: T } | { ok: false; problem: string },
  ): T | undefined => {
    const register = registers.get(key);
    if (register === undefined) return undefined;
    const decoded = decode(register.bytes);
    if (decoded.ok) return decoded.value;
    sound.delete(key);
    damaged.push(`${key} in ${name} is not used. ${decoded.problem}`);
    return undefined;
  };
  const nodes = read(NODES, decodeNodes);
  const chains = read(CHAINS, decodeChains);
  const table = read(PARTITIONS, decodePartitionTable);
  const epochs = [...registers.keys()].flatMap((key) => {
    const partitionId = key.startsWith(EPOCH_PREFIX) ? Number(key.slice(EPOCH_PREFIX.length)) : Number.NaN;
    if (!Number.isSafeInteger(partitionId)) return [];
    return read(key, (bytes) => decodeEpoch(partitionId, bytes)) ?? [];
  });
  const set: FoundSet = {
    ...{ source, name, epochs, registers: sound },
    ...(nodes !== undefined && { nodes }),
    ...(chains !== undefined && { chains }),
    ...(table !== undefined && { table }),
  };
  return { set, damaged };
}
