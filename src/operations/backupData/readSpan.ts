import type { Span } from '../../core/archive.ts';
import type { Entry } from '../../core/entry.ts';
import type { Reply } from '../../virtuallog/askAll.ts';
import type { Loglet } from '../../virtuallog/loglets/loglet.ts';

/** No server gives the entry there. */
export interface Unread extends Span {
  readonly replies: readonly Reply<unknown>[];
}

/**
 * The entries of a span that the caller knows to be determined, a chunk at a time; the next one is asked for while one
 * is worked on. Returns what could not be read, at once: behind a hole nothing is looked for.
 */
export async function* readSpan(
  loglet: Loglet,
  { from, to }: Span,
): AsyncGenerator<readonly Entry[], Unread | undefined> {
  const ask = (position: bigint) => {
    const asked = loglet.read({ from: position, to, determined: true });
    // Thrown where it is awaited; until then it must not count as unhandled.
    asked.catch(() => {});
    return asked;
  };
  let next = from;
  let asked = next < to ? ask(next) : undefined;
  while (asked !== undefined) {
    const found = await asked;
    if (found.read === 'none') return { from: next, to, replies: found.replies };
    next += BigInt(found.entries.length);
    asked = next < to ? ask(next) : undefined;
    yield found.entries;
  }
  return undefined;
}
