import { setTimeout as sleep } from 'node:timers/promises';
import { isPortError, PortError } from '../../core/errors.ts';
import type { RestateClient } from './client.ts';
import { identOf } from './nodes.ts';

/** How long the others are waited for once one has answered. */
const LATER_MS = 100;

/**
 * Addresses whose nodes answer, in the order given; those that take longer than the first come last. A node that is frozen
 * holds up no call, and is sent none that would change something, of which nobody could say then whether it did.
 * Throws `unavailable` when none answers.
 */
export async function* answering(
  client: RestateClient,
  addresses: readonly string[],
): AsyncGenerator<string, void> {
  const asked = addresses.map((address) => askedAt(client, address));
  const late = someoneAnswered(asked).then(() => sleep(LATER_MS, undefined, { ref: false }));
  const slow: Promise<Asked>[] = [];
  const failures: PortError[] = [];
  let hasAnswered = false;
  for (const order of [asked, slow]) {
    for (const one of order) {
      const answer = await (order === slow ? one : Promise.race([one, late]));
      if (answer === undefined) slow.push(one);
      else if ('failure' in answer) failures.push(asPortError(answer.failure));
      else {
        hasAnswered = true;
        yield answer.address;
      }
    }
  }
  if (!hasAnswered) throw failures[0] ?? nobody();
}

interface Asked {
  readonly address: string;
  readonly failure?: unknown;
}

/** Never rejects: whoever has found a node that serves looks at no other answer. */
async function askedAt(client: RestateClient, address: string): Promise<Asked> {
  try {
    await identOf(client, address);
    return { address };
  } catch (failure) {
    return { address, failure };
  }
}

/** Resolves when one has, or when all have failed. */
function someoneAnswered(asked: readonly Promise<Asked>[]): Promise<unknown> {
  const answers = asked.map(async (one) => ('failure' in (await one) ? Promise.reject() : one));
  return Promise.any(answers).catch(() => undefined);
}

function asPortError(failure: unknown): PortError {
  if (!isPortError(failure)) throw failure;
  return failure;
}

function nobody(): PortError {
  return new PortError('unavailable', { subject: 'restate', message: 'no address is known' });
}
