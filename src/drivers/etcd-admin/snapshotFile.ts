import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DrError } from '../../core/errors.ts';

const PAGE_BYTES = 512;
const DIGEST_BYTES = 32;
const CHUNK_BYTES = 1024 * 1024;

/**
 * `etcdctl snapshot status` does not notice a flipped byte, so the digest that etcd puts at the end is computed again.
 * `none`: the file has no digest (a plain copy of `member/snap/db`); nothing shows that it is whole.
 */
export async function checkSnapshotFile(path: string): Promise<'sound' | 'none'> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > 0 && size % PAGE_BYTES === 0) return 'none';
    if (size % PAGE_BYTES !== DIGEST_BYTES) throw damaged(path, 'its length is not that of a snapshot');
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (let at = 0; at < size - DIGEST_BYTES; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK_BYTES, size - DIGEST_BYTES - at), at);
      if (bytesRead === 0) throw damaged(path, 'it ended too early');
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    const kept = Buffer.alloc(DIGEST_BYTES);
    await handle.read(kept, 0, DIGEST_BYTES, size - DIGEST_BYTES);
    if (!hash.digest().equals(kept)) throw damaged(path, 'it does not match its own digest');
    return 'sound';
  } finally {
    await handle.close();
  }
}

function damaged(path: string, why: string): DrError {
  return new DrError('E_BAD_SNAPSHOT', {
    message: `${path} is no sound etcd snapshot: ${why}. Nothing was changed.`,
    hint: 'Name another snapshot, or leave it out: the loglets know the chain too.',
    context: { path },
  });
}
