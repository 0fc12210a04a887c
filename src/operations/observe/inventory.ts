import { descriptorDigest } from '../../core/descriptor.ts';
import { isPortError } from '../../core/errors.ts';
import type { ServerAnswer } from '../../core/evidence.ts';
import type { ClusterId, LogletId } from '../../core/ids.ts';
import type { LogletState, LogTrim, ServerStatus } from '../../core/logletState.ts';
import type { InventoryItem } from '../../ports/LogServer.ts';

/**
 * Everything a server says of itself, as one value. Digests are computed again: a copy whose descriptor does not
 * match its digest exists, and is not used. Silence is a value too; only our own bugs are thrown.
 */
export async function readInventory(
  clusterId: ClusterId,
  inventory: () => AsyncIterable<InventoryItem>,
  { offline = false }: { readonly offline?: boolean } = {},
): Promise<ServerAnswer> {
  try {
    return await collect(clusterId, inventory(), offline);
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { kind: 'silent', detail: error.message };
  }
}

async function collect(
  clusterId: ClusterId,
  items: AsyncIterable<InventoryItem>,
  offline: boolean,
): Promise<ServerAnswer> {
  let status: ServerStatus | undefined;
  let isWhole = false;
  const trims: LogTrim[] = [];
  const loglets: LogletState[] = [];
  const damaged: { logletId: LogletId; detail: string }[] = [];
  for await (const item of items) {
    switch (item.item) {
      case 'server':
        status = item.status;
        break;
      case 'log':
        trims.push(item.trim);
        break;
      case 'loglet':
        if (isSound(item.state, clusterId)) loglets.push(item.state);
        else
          damaged.push({
            logletId: item.state.descriptor.logletId,
            detail: 'its descriptor is not what its digest says',
          });
        break;
      case 'damaged':
        damaged.push({ logletId: item.logletId, detail: item.detail });
        break;
      case 'checking':
        break;
      case 'end':
        isWhole = true;
        break;
    }
  }
  // What a cut inventory leaves out would look like something that does not exist.
  if (status === undefined || !isWhole) return { kind: 'silent', detail: 'its inventory was cut short' };
  if (status.clusterId !== clusterId) return { kind: 'foreign', status };
  if (status.generation === undefined) return { kind: 'unadmitted', status };
  return { kind: 'answered', status, offline, trims, loglets, damaged };
}

function isSound(state: LogletState, clusterId: ClusterId): boolean {
  return (
    state.descriptor.clusterId === clusterId && descriptorDigest(state.descriptor) === state.descriptorDigest
  );
}
