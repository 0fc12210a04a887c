import { expect, test } from 'vitest';
import { PortError, type PortFailure } from '../../../src/core/errors.ts';
import { toDrError } from '../../../src/main/failure.ts';
import { from, type Part } from '../../../src/main/origin.ts';

const CASES: [part: Part, failure: PortFailure, code: string][] = [
  ['logServer', 'unavailable', 'E_UNREACHABLE'],
  ['metaStore', 'unavailable', 'E_METASTORE_UNAVAILABLE'],
  ['repository', 'unavailable', 'E_REPOSITORY_UNAVAILABLE'],
  ['repository', 'denied', 'E_DENIED'],
  ['metaStore', 'corrupt', 'E_CORRUPT'],
  ['metaStore', 'outcomeUnknown', 'E_OUTCOME_UNKNOWN'],
];

test.each(CASES)('%s that is %s: %s, also from the middle of a stream', async (part, failure, code) => {
  const thrown = () => new PortError(failure, { subject: 'get 1', message: 'no' });
  const port = from(part, {
    ask: () => Promise.reject(thrown()),
    stream: async function* () {
      yield 1;
      throw thrown();
    },
  });
  const asked = await port.ask().catch((error: unknown) => toDrError(error));
  expect(asked).toMatchObject({ code });
  const streamed = await drain(port.stream()).catch((error: unknown) => toDrError(error));
  expect(streamed).toMatchObject({ code });
});

test('a port keeps its own state behind the watch', async () => {
  class Counter {
    #count = 0;
    async next(): Promise<number> {
      this.#count += 1;
      return this.#count;
    }
  }
  const counter = from('logServer', new Counter());
  expect([await counter.next(), await counter.next()]).toEqual([1, 2]);
});

test('what nobody expected is said to be that, and is safe to run again', () => {
  expect(toDrError(new TypeError('x is undefined'))).toMatchObject({ code: 'E_UNEXPECTED' });
  expect(toDrError(new DOMException('stop', 'AbortError'))).toMatchObject({ code: 'E_INTERRUPTED' });
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write', path: '/x' });
  expect(toDrError(full)).toMatchObject({ code: 'E_DISK', context: { reason: 'ENOSPC' } });
});

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}
