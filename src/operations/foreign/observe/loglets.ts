import { isPortError } from '../../../core/errors.ts';
import type { ScatteredCopy } from '../../../core/restate/evidence.ts';
import { nextToAsk } from '../../../core/restate/loglets.ts';
import type { StoredLoglet } from '../../../core/restate/setEvidence.ts';
import type { ForeignCluster } from '../../../ports/ForeignCluster.ts';

/**
 * What every log-server stored of every loglet that can be found, also of those that no register names. A server that
 * stops answering in the middle is silent as a whole: half an answer would look like empty loglets.
 */
export async function observeLoglets(
  cluster: ForeignCluster,
  addresses: readonly string[],
  known: readonly bigint[],
): Promise<Map<string, readonly StoredLoglet[]>> {
  const stored = new Map<string, StoredLoglet[]>(addresses.map((address) => [address, []]));
  const asked = new Set<bigint>();
  for (;;) {
    const wanted = nextToAsk(asked, [...stored.values()].flat(), known);
    if (wanted.length === 0) break;
    for (const id of wanted) asked.add(id);
    await forEachServer(stored, async (address, copies) => {
      copies.push(...(await cluster.copies(address, wanted)));
    });
  }
  await observeRecords(cluster, stored);
  return stored;
}

/** Above the known global tail only: which records are there decides where a seal can have ended the loglet. */
async function observeRecords(cluster: ForeignCluster, stored: Map<string, StoredLoglet[]>): Promise<void> {
  const all = [...stored.values()].flat();
  const open = [...new Set(all.map(({ logletId }) => logletId))].flatMap((logletId) => {
    const copies = all.filter((copy) => copy.logletId === logletId);
    const from = most(copies, (copy) => copy.knownGlobalTail);
    const to = most(copies, (copy) => copy.localTail) - 1n;
    return to >= from ? [{ logletId, from, to }] : [];
  });
  for (const request of open) {
    await forEachServer(stored, async (address, copies) => {
      const ranges = await cluster.digest(address, request);
      const records = ranges
        .filter(({ state }) => state !== 'missing')
        .map(({ from, to }) => ({ from, to: to + 1n }));
      const place = copies.findIndex(({ logletId }) => logletId === request.logletId);
      const copy = copies[place];
      if (copy !== undefined) copies[place] = { ...copy, records };
    });
  }
}

async function forEachServer(
  stored: Map<string, StoredLoglet[]>,
  ask: (address: string, copies: StoredLoglet[]) => Promise<void>,
): Promise<void> {
  await Promise.all(
    [...stored].map(async ([address, copies]) => {
      try {
        await ask(address, copies);
      } catch (error) {
        if (!isPortError(error)) throw error;
        stored.delete(address);
      }
    }),
  );
}

function most(copies: readonly ScatteredCopy[], tail: (copy: ScatteredCopy) => bigint): bigint {
  return copies.map(tail).reduce((highest, one) => (one > highest ? one : highest), 1n);
}
