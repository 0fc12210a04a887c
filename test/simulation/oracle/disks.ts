import { crc32c } from '../../../src/codec/checksum.ts';
import type { LogletId, Position } from '../../../src/core/ids.ts';
import type { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import { entryKey } from '../../../src/logserver/overlay.ts';

/** Whether some disk, of a living server or not, in service holds an entry with a matching checksum, or any bytes of it. */
export function soundCopyExists(
  servers: readonly MemoryLogServer[],
  logletId: LogletId,
  position: Position,
  rottenToo = false,
): boolean {
  return servers.some(({ disk }) => {
    const record = disk.loglets.get(logletId);
    // A store out of service refuses everybody: what it holds is as good as gone.
    if (record === undefined || disk.server.retired || !disk.descriptors.has(logletId)) return false;
    const entry = disk.entries.get(entryKey(record.copy, position));
    if (entry === undefined || position < record.firstHeld) return false;
    return rottenToo || crc32c(entry.payload) === entry.crc;
  });
}
