import { canHostSuccessor, type SuccessorRule } from './durability.ts';
import type { ObservedServer } from './evidence.ts';
import type { ServerId, StoreId } from './ids.ts';

/**
 * The coverage proof (protocol §5.3): could a successor of L exist that nobody here has seen? A successor is
 * provisioned on *every* store of its nodeset before it can be installed. A store that is shown to be as old as L
 * and does not hold it is therefore not in that nodeset. All others are non-witnesses; if they cannot host an
 * admissible successor, none exists.
 */
export interface Coverage {
  readonly nonWitnesses: readonly NonWitness[];
  /** Whether the non-witnesses could be, or contain, the nodeset of an admissible successor. */
  readonly canHost: boolean;
}

export interface NonWitness {
  readonly server: ObservedServer;
  readonly why: 'silent' | 'new store' | 'store of unknown age' | 'damaged records' | 'foreign';
}

export interface CoverageInput {
  readonly servers: readonly ObservedServer[];
  /** Stores shown to be as old as L: named by L, or by an installed loglet of lower or equal index. */
  readonly oldStores: ReadonlySet<StoreId>;
  /** The stores that L's `retired` lists. */
  readonly retired: ReadonlySet<StoreId>;
  /** Every store ever named for a server, to know when all of a silent server's stores are retired. */
  readonly storesOf: ReadonlyMap<ServerId, ReadonlySet<StoreId>>;
  /** Servers that hold records which could not be read or not be told right from wrong. */
  readonly damagedServers: ReadonlySet<ServerId>;
  /** What L allows; `undefined` when nobody knows: then anything can host. */
  readonly rules: readonly SuccessorRule[] | undefined;
}

export function coverage(input: CoverageInput): Coverage {
  const nonWitnesses = input.servers.flatMap((server) => {
    const why = whyNoWitness(server, input);
    return why === undefined ? [] : [{ server, why }];
  });
  const servers = nonWitnesses.map((one) => one.server);
  const canHost = input.rules === undefined ? servers.length > 0 : canHostSuccessor(input.rules, servers);
  return { nonWitnesses, canHost };
}

function whyNoWitness(server: ObservedServer, input: CoverageInput): NonWitness['why'] | undefined {
  const { answer, serverId } = server;
  switch (answer.kind) {
    case 'answered':
      if (input.damagedServers.has(serverId)) return 'damaged records';
      // "Bring s0 back" was once answered by s0 with a new, empty disk: only age makes a witness.
      return isAsOld(answer.status.storeId, input) ? undefined : 'store of unknown age';
    case 'unadmitted':
      return isRetired(serverId, input) ? undefined : 'new store';
    case 'foreign':
      return 'foreign';
    case 'silent':
      return isRetired(serverId, input) ? undefined : 'silent';
  }
}

/** A store that L lists as retired was there before L, and has refused every provisioning since. */
function isAsOld(store: StoreId, { oldStores, retired }: CoverageInput): boolean {
  return oldStores.has(store) || retired.has(store);
}

/** `admit` never takes back a server that was retired: one with only retired stores is gone for good. */
function isRetired(serverId: ServerId, input: CoverageInput): boolean {
  const stores = input.storesOf.get(serverId);
  return stores !== undefined && stores.size > 0 && [...stores].every((store) => input.retired.has(store));
}
