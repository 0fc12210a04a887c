import { Agent, request } from 'undici';
import type { Clock } from '../ports/Clock.ts';

/**
 * How far a server's clock is ahead of ours, from the `Date` of an answer: to the second, less half of the time that
 * the answer took. `undefined` when it does not answer.
 */
export async function skewOf(
  url: string,
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly ca?: string },
): Promise<number | undefined> {
  const { clock, timeoutMs, ca } = options;
  const agent = new Agent({ connect: { timeout: timeoutMs, ...(ca === undefined ? {} : { ca }) } });
  const asked = clock.now();
  try {
    const { headers, body } = await request(url, { dispatcher: agent, headersTimeout: timeoutMs });
    await body.dump();
    const said = typeof headers.date === 'string' ? Date.parse(headers.date) : Number.NaN;
    // The header leaves out the milliseconds: half a second is its expected value.
    return Number.isNaN(said) ? undefined : said + 500 - (asked + clock.now()) / 2;
  } catch {
    return undefined;
  } finally {
    await agent.close();
  }
}
