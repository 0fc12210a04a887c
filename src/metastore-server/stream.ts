import { toJson } from '../codec/common.ts';
import type { Chain } from '../core/chain.ts';
import type { Clock } from '../ports/Clock.ts';
import { failureReply } from './failures.ts';

/** How often a silent watch says that it lives: a server that stopped is told apart from one with no news. */
const ALIVE_MS = 2_000;

const STOPPED = { failure: 'unavailable', message: 'The MetaStore server stopped.' };

/** Chains as lines of JSON; the last line says that it is the last, or what cut the stream short. */
export async function* chainLines(
  chains: AsyncIterable<Chain>,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<string> {
  const source = chains[Symbol.asyncIterator]();
  let next = source.next();
  try {
    for (;;) {
      const result = await unlessSilent(next, clock, signal);
      if (result === 'silent') {
        yield `${toJson({ alive: true })}\n`;
        continue;
      }
      if (result.done === true) break;
      yield `${toJson({ chain: result.value })}\n`;
      next = source.next();
    }
    yield `${toJson(signal.aborted ? STOPPED : { end: true })}\n`;
  } catch (error) {
    yield `${toJson(failureReply(error).body.error)}\n`;
  } finally {
    next.catch(() => {});
    await source.return?.();
  }
}

async function unlessSilent<T>(next: Promise<T>, clock: Clock, signal: AbortSignal): Promise<T | 'silent'> {
  const answered = new AbortController();
  const silence = clock.sleep(ALIVE_MS, AbortSignal.any([answered.signal, signal])).then(
    () => 'silent' as const,
    () => next,
  );
  try {
    return await Promise.race([next, silence]);
  } finally {
    answered.abort();
  }
}
