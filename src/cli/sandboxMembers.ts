import { type Sandbox, serversOfZone } from '../sandbox/layout.ts';
import { type Options, usageError } from './options.ts';

/** Members by their ids, and all LogServers of a zone. */
export function membersGiven(sandbox: Sandbox, ids: readonly string[], options: Options): readonly string[] {
  const zone = options.text('zone');
  if (zone === undefined && ids.length === 0)
    throw usageError('Which members? Give their ids, or `--zone ZONE`.');
  return zone === undefined ? ids : [...new Set([...ids, ...serversOfZone(sandbox, zone)])];
}
