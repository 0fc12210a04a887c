import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { METADATA_DIRECTORY } from '../../drivers/restate/localHands.ts';
import { paths } from '../layout.ts';
import type { Startable } from '../members.ts';
import { killProcess } from '../processes.ts';
import { type LostMetaStore, loseMetaStore } from '../verbs.ts';

/**
 * Where the metadata store is in nodes of its own they lose everything, and the others go on with what they have
 * cached. Where it is in all nodes: kills them, deletes their part of it, and starts them again, as after lost
 * volumes; their logs stay. The first `keep` of them go on, with their part and what they have cached.
 */
export async function loseMetadata(
  access: Startable,
  options: { readonly stayDown: boolean; readonly keep: number },
): Promise<LostMetaStore> {
  const { sandbox, clock } = access;
  const { kind, members } = sandbox.state.metaStore;
  if (kind !== 'builtin' || members.length > 0) return await loseMetaStore(access, options);
  const ids = sandbox.state.logServers.map(({ id }) => id);
  const [kept, lost] = [ids.slice(0, options.keep), ids.slice(options.keep)];
  await Promise.all(lost.map((id) => killProcess(sandbox, id, clock)));
  for (const id of lost)
    await rm(join(paths.logServerData(sandbox.dir, id), id, METADATA_DIRECTORY), {
      recursive: true,
      force: true,
    });
  const startedEmpty = options.stayDown ? [] : lost;
  await Promise.all(startedEmpty.map((id) => access.start(id)));
  return { dir: sandbox.dir, lost, kept, startedEmpty };
}
