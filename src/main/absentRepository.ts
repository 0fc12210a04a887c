import type { PortError } from '../core/errors.ts';
import type { Repository } from '../ports/Repository.ts';

/**
 * A configured repository that could not even be opened: a disk that is not mounted. A recovery must be possible
 * without it, so only what asks it for something fails, and never finds it empty.
 */
export function absentRepository(url: string, error: PortError): Repository {
  const fail = () => Promise.reject(error);
  return {
    url,
    putIfAbsent: fail,
    put: fail,
    get: fail,
    list: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    delete: fail,
    probe: fail,
    close: async () => {},
  };
}
