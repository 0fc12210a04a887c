import { PortError } from '../core/errors.ts';

/** The parts of a cluster that can fail to answer. */
export type Part = 'logServer' | 'metaStore' | 'repository';

const origins = new WeakMap<PortError, Part>();

/** Which part an error came from, if it came through one. */
export function originOf(error: PortError): Part | undefined {
  return origins.get(error);
}

/** The same port; its errors are remembered as this part's, so that main can say which part did not answer. */
export function from<T extends object>(part: Part, port: T): T {
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => watched(part, Reflect.apply(member, target, args));
    },
  });
}

/** As `from`, of a port that is being opened: that it cannot be is the part's failure, too. */
export async function openedFrom<T extends object>(part: Part, opening: Promise<T>): Promise<T> {
  try {
    return from(part, await opening);
  } catch (error) {
    throw noted(part, error);
  }
}

function watched(part: Part, answer: unknown): unknown {
  if (answer instanceof Promise) {
    return answer.catch((error: unknown) => {
      throw noted(part, error);
    });
  }
  return isAsyncIterable(answer) ? items(part, answer) : answer;
}

async function* items(part: Part, source: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* source;
  } catch (error) {
    throw noted(part, error);
  }
}

function noted(part: Part, error: unknown): unknown {
  if (error instanceof PortError) origins.set(error, part);
  return error;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
