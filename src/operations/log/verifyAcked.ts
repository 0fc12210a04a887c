import type { AckedEntry } from '../../codec/sandbox.ts';
import { sha256 } from '../../core/canonical.ts';
import { DrError } from '../../core/errors.ts';
import type { LogId, Position } from '../../core/ids.ts';
import type { VirtualLog } from '../../virtuallog/VirtualLog.ts';

export interface LostEntry {
  readonly logId: LogId;
  readonly position: Position;
  /** SHA-256 of what was acknowledged. */
  readonly expected: string;
  readonly problem: 'missing' | 'different' | 'unreadable';
  readonly detail: string;
}

export interface AckedVerdict {
  readonly checked: number;
  readonly trimmed: number;
  readonly lost: readonly LostEntry[];
}

interface Acked {
  readonly position: Position;
  readonly sha256: string;
}

/**
 * Reads every acknowledged position of one log back and compares its digest. A server that does not answer is no
 * loss: then this throws, and nothing is said of what was not read.
 */
export async function verifyAcked(
  log: VirtualLog,
  logId: LogId,
  entries: readonly AckedEntry[],
): Promise<AckedVerdict> {
  const acked = inOrder(entries);
  const lost: LostEntry[] = [];
  let trimmed = 0;
  let next = 0;
  while (next < acked.length) {
    const range = { log, logId, acked, next };
    const { matched, stop } = await compareRun(range, lost);
    next = matched;
    const missing = acked[next];
    if (missing === undefined) break;
    if (stop === 'trimmed') trimmed += 1;
    else lost.push({ logId, position: missing.position, expected: missing.sha256, ...stop });
    next += 1;
  }
  return { checked: acked.length, trimmed, lost };
}

type Stop = 'trimmed' | Pick<LostEntry, 'problem' | 'detail'>;

/** Compares from `next` on until a position does not come; answers how far it came, and why no further. */
async function compareRun(
  run: { log: VirtualLog; logId: LogId; acked: readonly Acked[]; next: number },
  lost: LostEntry[],
): Promise<{ matched: number; stop: Stop }> {
  let { next } = run;
  const first = run.acked[next]?.position ?? 0n;
  const last = run.acked.at(-1)?.position ?? 0n;
  try {
    for await (const entry of run.log.read({ from: first, to: last + 1n })) {
      for (let one = run.acked[next]; one?.position === entry.position; one = run.acked[next]) {
        const found = sha256(entry.payload);
        if (found !== one.sha256) lost.push(different(run.logId, one, found));
        next += 1;
      }
    }
    return { matched: next, stop: { problem: 'missing', detail: 'The log ends before it.' } };
  } catch (error) {
    return { matched: next, stop: stopOf(error) };
  }
}

function stopOf(error: unknown): Stop {
  if (!(error instanceof DrError)) throw error;
  switch (error.code) {
    case 'E_TRIMMED':
      return 'trimmed';
    case 'E_POSITIONS_LOST':
      return { problem: 'missing', detail: error.message };
    case 'E_CORRUPT':
    case 'E_BAD_DATA':
      return { problem: 'unreadable', detail: error.message };
    default:
      throw error;
  }
}

function different(logId: LogId, { position, sha256: expected }: Acked, found: string): LostEntry {
  return {
    logId,
    position,
    expected,
    problem: 'different',
    detail: `It holds an entry with SHA-256 ${found}.`,
  };
}

function inOrder(entries: readonly AckedEntry[]): Acked[] {
  return entries
    .map((entry) => ({ position: BigInt(entry.position), sha256: entry.sha256 }))
    .sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
}
