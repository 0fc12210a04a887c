import { isPortError, PortError } from '../../core/errors.ts';
import type { RestateClient } from './client.ts';
import { identOf } from './nodes.ts';

/**
 * Addresses in the order in which their nodes answer: a node that is frozen holds up no call, and is sent none that
 * would change something, of which nobody could say then whether it did.
 * Throws `unavailable` when none answers.
 */
export async function* answering(
  client: RestateClient,
  addresses: readonly string[],
): AsyncGenerator<string, void> {
  const asked = new Map(addresses.map((address) => [address, askedAt(client, address)]));
  let failure: unknown = new PortError('unavailable', {
    subject: 'restate',
    message: 'no address is known',
  });
  let hasAnswered = false;
  while (asked.size > 0) {
    const first = await Promise.race(asked.values());
    asked.delete(first.address);
    if (first.failure === undefined) {
      hasAnswered = true;
      yield first.address;
    } else if (isPortError(first.failure)) failure = first.failure;
    else throw first.failure;
  }
  if (!hasAnswered) throw failure;
}

/** Never rejects: whoever has found a node that serves looks at no other answer. */
async function askedAt(
  client: RestateClient,
  address: string,
): Promise<{ readonly address: string; readonly failure?: unknown }> {
  try {
    await identOf(client, address);
    return { address };
  } catch (failure) {
    return { address, failure };
  }
}
