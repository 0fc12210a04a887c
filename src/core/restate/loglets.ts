import type { ScatteredCopy } from './evidence.ts';

/** Loglet ids are derived: `log << 32 | segment index`. That is what lets loglets be found that nobody names any more. */
const INDEX_BITS = 32n;

export function logletIdOf(logId: number, index: number): bigint {
  return (BigInt(logId) << INDEX_BITS) | BigInt(index);
}

export function placeOf(logletId: bigint): { readonly logId: number; readonly index: number } {
  return { logId: Number(logletId >> INDEX_BITS), index: Number(BigInt.asUintN(32, logletId)) };
}

/** As the engine prints it: `1_0`. */
export function logletName(logletId: bigint): string {
  const { logId, index } = placeOf(logletId);
  return `${logId}_${index}`;
}

/** The loglet that is printed so. */
export function logletNamed(name: string): bigint {
  const [logId, index] = name.split('_').map(Number);
  return logletIdOf(logId ?? 0, index ?? 0);
}

/** What one log-server answered about loglets. */
export interface NodeCopies {
  readonly nodeId: number;
  readonly copies: readonly ScatteredCopy[];
}

/** Whether an answer shows that the loglet existed. One that is empty and open looks like one that never did. */
export function showsExistence(copy: ScatteredCopy): boolean {
  return copy.sealed || copy.localTail > 1n || copy.knownGlobalTail > 1n || copy.trimPoint > 0n;
}

/** So many blank places in a row are taken for the end: of the segments of a log, and of the logs. */
export const BLANKS = 4;

/**
 * Which loglets to ask for next, given all answers so far: the first places of every log that is known and of the logs
 * behind it, and the places behind the last segment that was found. Empty when nothing new can be found. `known` are
 * loglets that some register names: a log is then asked for from its first one on.
 */
export function nextToAsk(
  asked: ReadonlySet<bigint>,
  answers: readonly ScatteredCopy[],
  known: readonly bigint[],
): bigint[] {
  const firsts = new Map<number, number>();
  const lasts = new Map<number, number>();
  for (const { logId, index } of known.map(placeOf)) {
    firsts.set(logId, Math.min(index, firsts.get(logId) ?? index));
    lasts.set(logId, Math.max(index, lasts.get(logId) ?? index));
  }
  for (const { logId, index } of answers.filter(showsExistence).map((copy) => placeOf(copy.logletId)))
    lasts.set(logId, Math.max(index, lasts.get(logId) ?? index));
  const logs = new Set([-1, ...lasts.keys()].flatMap((logId) => placesBehind(logId)));
  for (const logId of lasts.keys()) logs.add(logId);
  return [...logs].flatMap((logId) => {
    const first = firsts.get(logId) ?? 0;
    const last = lasts.get(logId) ?? first - 1;
    const places = [...Array(last + 1 - first).keys()].map((place) => first + place);
    return [...places, ...placesBehind(last)]
      .map((index) => logletIdOf(logId, index))
      .filter((id) => !asked.has(id));
  });
}

function placesBehind(last: number): number[] {
  return Array.from({ length: BLANKS }, (_, place) => last + 1 + place);
}
