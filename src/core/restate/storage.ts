import { domainsOf, namedScopes, type ScopedCopies } from '../durability.ts';
import type { ServerId } from '../ids.ts';
import { type QuorumSystem, quorumSystem, type Voter } from '../quorum.ts';
import { type ClusterNode, type StorageState, serverIdOf } from './values.ts';

export interface StorageMember extends Voter {
  readonly state: StorageState;
}

/** Only `disabled` takes a node out of the nodesets that name it: `gone` and `data-loss` must still answer. */
export function effectiveNodeset(nodeset: readonly StorageMember[]): readonly StorageMember[] {
  return nodeset.filter((member) => member.state !== 'disabled');
}

/** Whether records that were acknowledged before can be missing on an answering node: it says so itself. */
function isAuthoritative(member: StorageMember): boolean {
  return member.state !== 'data-loss';
}

/** `with risk`: only together with nodes that have lost data. */
export type FMajority = 'yes' | 'with risk' | 'no';

/**
 * Bifrost's f-majority: at *some* named scope, at least (domains − copies) + 1 domains of the effective nodeset are
 * complete, and never fewer than one. A domain is complete when all its nodes answered, and are alike in whether they
 * have lost data; mixed ones do not count.
 */
export function fMajority(
  copies: ScopedCopies,
  nodeset: readonly StorageMember[],
  answered: ReadonlySet<ServerId>,
): FMajority {
  const effective = effectiveNodeset(nodeset);
  const verdicts = namedScopes(copies).map(({ scope, need }): FMajority => {
    const domains = domainsOf(scope, effective);
    const complete = [...domains.values()].filter((domain) =>
      domain.every((member) => answered.has(member.serverId)),
    );
    const sound = complete.filter((domain) => domain.every(isAuthoritative)).length;
    const lossy = complete.filter((domain) => !domain.some(isAuthoritative)).length;
    const needed = Math.max(0, domains.size - need) + 1;
    return sound >= needed ? 'yes' : sound + lossy >= needed ? 'with risk' : 'no';
  });
  return verdicts.find((one) => one === 'yes') ?? verdicts.find((one) => one === 'with risk') ?? 'no';
}

/**
 * The quorum system whose seal quorums are the f-majorities: a replication that asks for more domains than there are
 * asks for all of them, so that margins and missing sets come from the same code as everybody's.
 */
export function sealSystem(copies: ScopedCopies, nodeset: readonly StorageMember[]): QuorumSystem {
  const effective = effectiveNodeset(nodeset);
  const fitting = Object.fromEntries(
    namedScopes(copies).map(({ scope, need }) => [scope, Math.min(need, domainsOf(scope, effective).size)]),
  );
  return quorumSystem({ kind: 'scopes', copies: fitting }, effective);
}

/** Which sets of nodes make a record durable: over the whole nodeset that it was written to, whoever is disabled now. */
export function writeSystem(copies: ScopedCopies, nodeset: readonly Voter[]): QuorumSystem {
  return quorumSystem({ kind: 'scopes', copies }, nodeset);
}

/** Whether these nodes can take new records: at every named scope enough domains with a writable node. */
export function canWrite(copies: ScopedCopies, nodeset: readonly StorageMember[]): boolean {
  const writable = nodeset.filter((member) => member.state === 'read-write');
  return namedScopes(copies).every(({ scope, need }) => domainsOf(scope, writable).size >= need);
}

/** A nodeset's members with their states; a node that the configuration has deleted is out of every nodeset. */
export function membersOf(nodeset: readonly number[], nodes: readonly ClusterNode[]): StorageMember[] {
  return nodeset.map((id) => {
    const node = nodes.find((one) => one.id === id);
    return {
      serverId: serverIdOf(id),
      // The engine writes `region.zone`.
      location: node?.location.replaceAll('.', '/') ?? '',
      state: node?.storageState ?? 'disabled',
    };
  });
}
