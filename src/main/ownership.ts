import { identifySelf, isAlive, type ProcessIdentity } from '../drivers/local/processes.ts';
import type { Ownership } from '../logserver/lmdb/open.ts';

/** Who holds a store: a process by pid and start time, so that a reused pid never keeps it. */
export const owner: Pick<Ownership, 'isAlive'> = {
  isAlive: async (text) => {
    const identity = JSON.parse(text) as ProcessIdentity;
    return await isAlive(identity);
  },
};

export async function ownership(): Promise<Ownership> {
  return { ...owner, self: JSON.stringify(await identifySelf()) };
}
