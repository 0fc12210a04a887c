import { DrError } from '../../../core/errors.ts';
import type { NodePlace } from '../../../ports/ForeignCluster.ts';

/** Where a node is that must be stopped and started. */
export function placeOf(places: readonly NodePlace[], name: string): NodePlace {
  const place = places.find((one) => one.name === name);
  if (place !== undefined) return place;
  throw new DrError('E_CONFIG', {
    message: `Node ${name} must be stopped and started, and the configuration does not say where it is. It was left alone.`,
    hint: 'Add it to `nodes`, with its name, address and dataDir, and plan again.',
  });
}
