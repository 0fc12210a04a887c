import type { Chain } from '../../core/chain.ts';
import { type Descriptor, descriptorDigest } from '../../core/descriptor.ts';
import type { LogletId, ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import { askAll } from '../../virtuallog/askAll.ts';
import type { PastVersion } from './pastVersions.ts';
import { reconstructVersion } from './reconstruct.ts';

/** How many loglets one question names. */
const LOGLETS_AT_ONCE = 256;

/**
 * Past versions of a chain, asked for in ascending order: first from the MetaStore's history; what that has forgotten
 * is made again from the descriptors on the LogServers, and is exact or absent. They are asked once, and only then.
 */
export class PastVersions {
  readonly reconstructed: number[] = [];
  readonly #history: PastVersion;
  readonly #above: Chain;
  readonly #logServers: ReadonlyMap<ServerId, LogServer>;
  readonly #newestKept: () => Promise<Chain | undefined>;
  #below: Chain | undefined;
  #descriptors: Descriptor[] | undefined;

  constructor(parts: {
    readonly above: Chain;
    /** The newest version that the repository has; asked once, when it is needed. */
    readonly below: () => Promise<Chain | undefined>;
    readonly history: PastVersion;
    readonly logServers: ReadonlyMap<ServerId, LogServer>;
  }) {
    this.#history = parts.history;
    this.#above = parts.above;
    this.#newestKept = parts.below;
    this.#logServers = parts.logServers;
  }

  readonly at: PastVersion = async (version) => {
    const found = (await this.#history(version)) ?? (await this.#reconstruct(version));
    this.#below = found ?? this.#below;
    return found;
  };

  async #reconstruct(version: number): Promise<Chain | undefined> {
    this.#descriptors ??= await descriptorsOf(this.#above, this.#logServers);
    this.#below ??= await this.#newestKept();
    const forgotten = {
      version,
      below: this.#below,
      above: this.#above,
      descriptors: this.#descriptors,
    };
    const found = reconstructVersion(forgotten);
    if (found !== undefined) this.reconstructed.push(version);
    return found;
  }
}

/** What the members of the chain's segments hold of its loglets. Those whose digest is wrong are left out. */
async function descriptorsOf(
  chain: Chain,
  logServers: ReadonlyMap<ServerId, LogServer>,
): Promise<Descriptor[]> {
  const byServer = new Map<ServerId, LogletId[]>();
  for (const { logletId, nodeset } of chain.segments)
    for (const { serverId } of nodeset) byServer.set(serverId, [...(byServer.get(serverId) ?? []), logletId]);
  const found = new Map<LogletId, Descriptor>();
  const replies = await askAll(logServers, byServer.keys(), async (server) => ({
    ok: true,
    value: await heldBy(server, byServer.get(server.serverId) ?? []),
  }));
  for (const reply of replies)
    for (const descriptor of reply.said === 'yes' ? reply.value : [])
      found.set(descriptor.logletId, descriptor);
  return [...found.values()];
}

async function heldBy(server: LogServer, logletIds: readonly LogletId[]): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for (let from = 0; from < logletIds.length; from += LOGLETS_AT_ONCE)
    for (const { answer } of await server.states(logletIds.slice(from, from + LOGLETS_AT_ONCE)))
      if (answer.ok && descriptorDigest(answer.value.descriptor) === answer.value.descriptorDigest)
        found.push(answer.value.descriptor);
  return found;
}
