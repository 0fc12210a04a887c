import { encodeChains, encodeNodes } from '../../../src/codec/restate/encode.ts';
import { PortError } from '../../../src/core/errors.ts';
import type { RegisterSet } from '../../../src/core/registerSet.ts';
import type { DigestRange, NodeEvidence } from '../../../src/core/restate/evidence.ts';
import { logletIdOf } from '../../../src/core/restate/loglets.ts';
import { CHAINS, NODES } from '../../../src/core/restate/values.ts';
import type { ForeignCluster } from '../../../src/ports/ForeignCluster.ts';
import { copy, FINGERPRINT, node, REPLICATION, segment } from './evidence.ts';

export interface Standing {
  /** What each node holds of the one loglet; a node that is not named here is silent. */
  readonly held: Readonly<Record<number, readonly DigestRange[]>>;
  /** Exclusive; the log is open. */
  readonly tail: bigint;
  readonly store?: 'serves' | 'lost';
}

const IDS = [1, 2, 3];
const addressOf = (id: number) => `http://n${id}/`;

/** Registers of a cluster of three with one log of one loglet. */
export function registersOfThree(): RegisterSet {
  const nodes = {
    version: 7,
    clusterName: 'lab',
    fingerprint: FINGERPRINT,
    features: [],
    nodes: IDS.map((id) => node(id)),
  };
  const chains = { version: 7, logs: new Map([[0, [segment(0, 0, 1n)]]]), defaultReplication: REPLICATION };
  return new Map([
    [NODES, { version: 7, bytes: encodeNodes(nodes, 1n) }],
    [CHAINS, { version: 7, bytes: encodeChains(chains) }],
  ]);
}

/** A cluster that stands still, for what reads only. */
export function standingCluster({ held, tail, store = 'serves' }: Standing): ForeignCluster {
  const registers = registersOfThree();
  const gone = (subject: string) => new PortError('unavailable', { subject, message: 'connection refused' });
  const evidenceOf = (id: number): NodeEvidence => ({
    address: addressOf(id),
    answer:
      held[id] === undefined
        ? { kind: 'silent', reason: 'connection refused' }
        : {
            kind: 'answered',
            caches: registers,
            ident: {
              status: 'ALIVE',
              clusterName: 'lab',
              node: { id, generation: 1 },
              roles: ['log-server', 'worker', 'metadata-server'],
              metadataServer: 'MEMBER',
              versions: new Map([...registers].map(([key, { version }]) => [key, version])),
            },
          },
  });
  const heldAt = (address: string) => {
    const found = held[IDS.find((id) => addressOf(id) === address) ?? 0];
    if (found === undefined) throw gone(address);
    return found;
  };
  const readAll = async () => {
    if (store === 'lost') throw gone('the store');
    return registers;
  };
  const health = store === 'lost' ? ('lost' as const) : ('ok' as const);
  const look = { partitionId: 0, leader: { id: 1, generation: 1 }, leaderEpoch: 1n };
  return {
    kind: 'restate',
    registers: {
      description: { kind: 'restate', endpoints: [] },
      readAll,
      health: async () => ({ health, members: [] }),
    },
    look: async () => IDS.map(evidenceOf),
    copies: async (address: string, ids: readonly bigint[]) =>
      ids.map((id) => {
        const last = heldAt(address).at(-1)?.to ?? 0n;
        if (id !== logletIdOf(0, 0)) return { ...copy(0, 0, 'open 1/1'), logletId: id };
        return copy(0, 0, `open ${last + 1n}/${tail < last + 1n ? tail : last + 1n}`);
      }),
    digest: async (address: string) => heldAt(address),
    findTail: async () => ({ state: 'open', lsn: tail }),
    partitions: async () => [{ ...look, currentVersion: 1, currentReplicaSet: [1, 2] }],
    replicas: async () => [
      { partitionId: 0, node: look.leader, leads: true, replay: 'active', appliedLsn: tail - 1n },
    ],
    sequencers: async () => [],
    snapshotRepository: async () => 'none',
  } as unknown as ForeignCluster;
}

export const exists = (from: bigint, to: bigint): DigestRange => ({ from, to, state: 'exists' });
