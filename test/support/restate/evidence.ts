import type { RegisterValue } from '../../../src/core/registerSet.ts';
import type { ScatteredCopy } from '../../../src/core/restate/evidence.ts';
import { logletIdOf } from '../../../src/core/restate/loglets.ts';
import type { NodeLook } from '../../../src/core/restate/nodeTable.ts';
import type { SetEvidence, StoredLoglet } from '../../../src/core/restate/setEvidence.ts';
import type { FoundSet } from '../../../src/core/restate/sets.ts';
import {
  CHAINS,
  type ClusterNode,
  EPOCH_PREFIX,
  NODES,
  PARTITIONS,
  SCHEMA,
  type Segment,
} from '../../../src/core/restate/values.ts';

export const FINGERPRINT = 17_877_470_539_160_264_046n;
export const REPLICATION = { node: 2 };

export function node(id: number, generation = 1): ClusterNode {
  return {
    id,
    name: `n${id}`,
    generation,
    address: `http://n${id}/`,
    location: '',
    roles: ['log-server', 'worker', 'metadata-server'],
    storageState: 'read-write',
    metadataState: 'member',
  };
}

export function segment(logId: number, index: number, base: bigint): Segment {
  return {
    kind: 'replicated',
    index,
    base,
    logletId: logletIdOf(logId, index),
    sequencer: { id: 1, generation: 1 },
    replication: REPLICATION,
    nodeset: [1, 2, 3],
  };
}

/** `sealed 2 100/90`: what one server says of segment 2: local tail 100, global tail 90. */
export function copy(logId: number, index: number, told: string): ScatteredCopy {
  const [, state, local, global, trim] = /^(open|sealed) (\d+)\/(\d+)(?: trim (\d+))?$/.exec(told) ?? [];
  if (state === undefined) throw new Error(told);
  return {
    logletId: logletIdOf(logId, index),
    localTail: BigInt(local ?? 1),
    knownGlobalTail: BigInt(global ?? 1),
    sealed: state === 'sealed',
    trimPoint: BigInt(trim ?? 0),
  };
}

/** The same answers from each of these nodes: `{0: ['sealed 10/10', 'open 3/2']}` for the segments of log 0. */
export function everywhere(
  logs: Readonly<Record<number, readonly string[]>>,
  nodes: readonly number[] = [1, 2, 3],
): Map<string, readonly StoredLoglet[]> {
  const copies = Object.entries(logs).flatMap(([logId, segments]) =>
    segments.map((told, index) => copy(Number(logId), index, told)),
  );
  return new Map(nodes.map((id) => [`http://n${id}/`, copies]));
}

const value = (version: number, text: string): RegisterValue => ({
  version,
  bytes: new TextEncoder().encode(text),
});

export interface SetOptions {
  readonly version?: number;
  readonly fingerprint?: bigint;
  readonly chains?: ReadonlyMap<number, readonly Segment[]>;
  readonly epochs?: boolean;
  readonly schema?: boolean;
  readonly only?: readonly string[];
}

/** A whole set as it is found at one place. */
export function found(source: FoundSet['source'], name: string, options: SetOptions = {}): FoundSet {
  const { version = 7, fingerprint = FINGERPRINT, epochs = source !== 'cache', schema = true } = options;
  const chains = options.chains ?? new Map([[0, [segment(0, 0, 1n)]]]);
  const all: [string, RegisterValue][] = [
    [NODES, value(version, `nodes ${version}`)],
    [CHAINS, value(version, `chains ${version}`)],
    [PARTITIONS, value(1, 'table')],
    ...(schema ? [[SCHEMA, value(3, 'schema')] as [string, RegisterValue]] : []),
    ...(epochs ? [[`${EPOCH_PREFIX}0`, value(4, 'epoch')] as [string, RegisterValue]] : []),
  ];
  const registers = new Map(all.filter(([key]) => options.only === undefined || options.only.includes(key)));
  return {
    source,
    name,
    registers,
    ...(registers.has(NODES) && {
      nodes: {
        version,
        clusterName: 'lab',
        fingerprint,
        features: [],
        nodes: [node(1), node(2), node(3)],
      },
    }),
    ...(registers.has(CHAINS) && { chains: { version, logs: chains, defaultReplication: REPLICATION } }),
    ...(registers.has(PARTITIONS) && {
      table: {
        version: 1,
        replication: REPLICATION,
        partitions: [{ id: 0, logId: 0, from: 0n, to: (1n << 64n) - 1n }],
      },
    }),
    epochs: registers.has(`${EPOCH_PREFIX}0`)
      ? [
          {
            version: 4,
            partitionId: 0,
            epoch: 3n,
            replicaSet: [1, 2],
            currentVersion: 2,
            replication: REPLICATION,
          },
        ]
      : [],
  };
}

/** A live node that has joined, and caches these versions. */
export function live(id: number, versions: Readonly<Record<string, number>>): NodeLook {
  return {
    address: `http://n${id}/`,
    name: `n${id}`,
    ident: {
      status: 'ALIVE',
      clusterName: 'lab',
      node: { id, generation: 1 },
      roles: ['log-server', 'worker', 'metadata-server'],
      metadataServer: 'MEMBER',
      versions: new Map(Object.entries(versions)),
    },
  };
}

/** A node that was restarted without its metadata: it has no cache and no id, but a directory. */
export function waiting(id: number, marker = true): NodeLook {
  return {
    address: `http://n${id}/`,
    name: `n${id}`,
    ident: {
      status: 'STARTING_UP',
      clusterName: 'lab',
      roles: ['log-server', 'worker', 'metadata-server'],
      metadataServer: 'AWAITING_PROVISIONING',
      versions: new Map(),
    },
    ...(marker && {
      marker: { nodeId: id, nodeName: `n${id}`, clusterName: 'lab', fingerprint: FINGERPRINT },
    }),
  };
}

export function evidence(given: Partial<SetEvidence>): SetEvidence {
  const { looks = [waiting(1), waiting(2), waiting(3)] } = given;
  return {
    configured: { name: 'lab' },
    sets: [],
    markers: looks.flatMap(({ marker, name }) =>
      marker === undefined ? [] : [{ place: `the directory of ${name}`, marker }],
    ),
    stored: everywhere({ 0: ['open 10/8'] }),
    stated: {},
    ...given,
    looks,
  };
}
