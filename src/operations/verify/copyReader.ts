import { crc32c } from '../../codec/checksum.ts';
import { sha256 } from '../../core/canonical.ts';
import type { LogletId, Position, ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import { askAll, describeReplies } from '../../virtuallog/askAll.ts';

/** Bytes asked at a time: what one copy holds in memory. */
const CHUNK_BYTES = 1024 * 1024;

/** What one copy says of a run of positions. Payloads are not kept: their digests are. */
export interface WindowRead {
  /** SHA-256 of the payload at `from + index`; absent where the copy gave none. */
  readonly digests: readonly (string | undefined)[];
  readonly damaged: readonly Position[];
  readonly entries: number;
  readonly bytes: number;
  /** Why it stopped before the end; such a copy is not asked again. */
  readonly stopped?: string;
}

/** Reads [from, to) of one copy, in bounded memory, over damaged entries. The caller knows that they are determined. */
export async function readWindow(
  servers: ReadonlyMap<ServerId, LogServer>,
  copy: { readonly serverId: ServerId; readonly logletId: LogletId },
  { from, to }: { readonly from: Position; readonly to: Position },
): Promise<WindowRead> {
  const digests: (string | undefined)[] = [];
  const damaged: Position[] = [];
  let [next, entries, bytes] = [from, 0, 0];
  const isDamaged = (): void => {
    damaged.push(next);
    digests.push(undefined);
    next += 1n;
  };
  while (next < to) {
    const [reply] = await askAll(servers, [copy.serverId], (server) =>
      server.read({ logletId: copy.logletId, from: next, to, maxBytes: CHUNK_BYTES, uncommitted: true }),
    );
    if (reply?.said === 'no' && reply.refusal.code === 'corrupt') isDamaged();
    else if (reply?.said !== 'yes' || reply.value.entries.length === 0)
      return { digests, damaged, entries, bytes, stopped: reply ? reason([reply]) : 'it was not asked' };
    else {
      const before = next;
      for (const entry of reply.value.entries) {
        if (entry.position !== next || next >= to) break;
        if (crc32c(entry.payload) !== entry.crc) isDamaged();
        else {
          digests.push(sha256(entry.payload));
          next += 1n;
        }
        entries += 1;
        bytes += entry.payload.length;
      }
      if (next === before)
        return { digests, damaged, entries, bytes, stopped: `${copy.serverId} answers with other positions` };
    }
  }
  return { digests, damaged, entries, bytes };
}

function reason(replies: Parameters<typeof describeReplies>[0]): string {
  const said = describeReplies(replies);
  return said === '' ? 'it answers without entries' : said;
}
