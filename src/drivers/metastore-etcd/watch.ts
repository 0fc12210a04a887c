import { setTimeout as sleep } from 'node:timers/promises';
import { type Chain, type ChainIdentity, identityOf } from '../../core/chain.ts';
import type { LogId } from '../../core/ids.ts';
import { EtcdError, translate } from './failures.ts';
import type { EtcdGateway } from './gateway.ts';
import { type Later, laterThan, laterThanIdentity, type Seen } from './later.ts';
import { type EtcdRegisters, identityText } from './registers.ts';
import { encodeText, watchReply, watchRequest } from './wire.ts';

const WATCH = { path: '/v3/watch', request: watchRequest, reply: watchReply };

/** A stream may be silent because nothing happens, or because nobody is there: after this long, look. */
const LOOK_AGAIN_MS = 5_000;
/** An election, or a member that restarts, is over long before. */
const PATIENCE_MS = 30_000;
const PAUSE_MS = 100;
const PASSING = ['unreachable', 'noLeader'];

export interface Watched {
  readonly registers: EtcdRegisters;
  readonly gateway: EtcdGateway;
  readonly logId: LogId;
  readonly signal: AbortSignal;
  /** Values were written and are not kept any more: nobody can be given them. */
  onSkipped(count: bigint, before: Chain): void;
}

/**
 * etcd's own watch only wakes: values are read, each time from the newest back to the one seen last. So what was
 * compacted, a member that lags, a stream that died and a cluster that began anew at a lower revision (whose watch
 * from the old one would be silent) are all the same case.
 */
export async function* watchRegister(
  watched: Watched,
  after: ChainIdentity | undefined,
): AsyncIterable<Chain> {
  const { registers, logId, signal } = watched;
  let seen: Seen | undefined;
  if (after !== undefined) {
    const found = await patiently(signal, () => laterThanIdentity(registers, logId, after));
    if (found === undefined) return;
    for await (const one of valuesAt(watched, found)) {
      seen = one.seen;
      yield one.chain;
    }
    seen ??= found.seen;
  }
  while (!signal.aborted) {
    const from = seen;
    const found = await patiently(signal, () => lookAgain(registers, logId, from));
    if (found === undefined) return;
    const { later, revision } = found;
    // The register is gone: whatever is written there next was not seen yet.
    if (later === undefined) seen = undefined;
    else
      for await (const one of valuesAt(watched, later)) {
        seen = one.seen;
        yield one.chain;
      }
    if (!signal.aborted) await changed(watched, revision);
  }
}

/** `later` is absent when the register is empty. */
async function lookAgain(
  registers: EtcdRegisters,
  logId: LogId,
  seen: Seen | undefined,
): Promise<{ readonly revision: bigint; readonly later?: Later }> {
  const quick = await registers.readIdentity(logId);
  if (seen !== undefined && quick.identity === identityText(seen.identity))
    return { revision: quick.revision, later: { places: [], skipped: 0n } };
  const { written, revision } = await registers.read(logId);
  if (written === undefined) return { revision };
  return { revision, later: await laterThan(registers, logId, seen, written) };
}

async function* valuesAt(
  { registers, logId, signal, onSkipped }: Watched,
  { places, skipped }: { readonly places: readonly bigint[]; readonly skipped: bigint },
): AsyncIterable<{ readonly chain: Chain; readonly seen: Seen }> {
  let missing = skipped;
  for (const place of places) {
    const written = await patiently(signal, () => registers.writtenAt(logId, place));
    if (signal.aborted) return;
    if (written === undefined) {
      missing += 1n;
      continue;
    }
    const chain = registers.decode(logId, written);
    if (missing > 0n) onSkipped(missing, chain);
    missing = 0n;
    yield { chain, seen: { place, count: written.count, identity: identityOf(chain) } };
  }
}

/** Resolves when the register may have changed since this revision, or nothing was heard for a while. */
async function changed({ gateway, registers, logId, signal }: Watched, revision: bigint): Promise<void> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(stop, LOOK_AGAIN_MS);
  // The small key that is written with every value: a watch would be sent the whole chain.
  const create_request = {
    key: encodeText(registers.keys.identity(logId)),
    start_revision: String(revision + 1n),
  };
  try {
    for await (const said of gateway.lines(WATCH, { create_request }, enough.signal)) {
      if ('error' in said || said.result.canceled || said.result.events.length > 0) return;
    }
  } catch (error) {
    if (enough.signal.aborted) return;
    if (!(error instanceof EtcdError) || error.reason === 'denied') throw translate(`watch ${logId}`, error);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Tries again while etcd is not reachable, for a while. `undefined` once the watch was ended. */
async function patiently<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let tries = 1; ; tries += 1) {
    if (signal.aborted) return undefined;
    try {
      return await read();
    } catch (error) {
      if (signal.aborted) return undefined;
      const isPassing = error instanceof EtcdError && PASSING.includes(error.reason);
      if (!isPassing || Date.now() >= deadline) throw translate('watch', error);
    }
    const pauseMs = Math.min(PAUSE_MS * tries, 1_000) * (0.5 + Math.random());
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
