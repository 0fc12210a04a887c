import { identifySelf, isAlive } from './processes.ts';

/** Who holds a store, as text that another process can check. */
export interface LocalOwnership {
  readonly self: string;
  isAlive(owner: string): Promise<boolean>;
}

export async function localOwnership(): Promise<LocalOwnership> {
  return { self: JSON.stringify(await identifySelf()), isAlive: ownerIsAlive };
}

/** What cannot be read was not written by a process of ours that still runs. */
export async function ownerIsAlive(owner: string): Promise<boolean> {
  try {
    return await isAlive(JSON.parse(owner));
  } catch {
    return false;
  }
}
