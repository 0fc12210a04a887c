import { DrError, isPortError } from '../../../core/errors.ts';
import type { RegisterSet } from '../../../core/registerSet.ts';
import type { NodeEvidence, OfflineMarker } from '../../../core/restate/evidence.ts';
import { identify } from '../../../core/restate/identity.ts';
import type { NodeLook } from '../../../core/restate/nodeTable.ts';
import { type SetEvidence, sameAddress } from '../../../core/restate/setEvidence.ts';
import type { FoundSet } from '../../../core/restate/sets.ts';
import type { Replication } from '../../../core/restate/values.ts';
import type { ForeignCluster, NodeHands, NodePlace } from '../../../ports/ForeignCluster.ts';
import type { MetaStoreHealth } from '../../../ports/MetaStore.ts';
import type { SetBackups } from '../../../snapshots/SetBackups.ts';
import type { EtcdRemains } from '../forceNewCluster/look.ts';
import { decodeSet } from './decodeSet.ts';
import { observeLoglets } from './loglets.ts';

/** A cluster of another engine, and who can lay hands on its nodes. */
export interface ForeignParts {
  readonly name: string;
  readonly fingerprint?: bigint;
  readonly cluster: ForeignCluster;
  readonly hands: NodeHands;
  readonly backups?: SetBackups;
}

/** Evidence beyond what answers by itself. */
export interface ForeignExtra {
  readonly useRepository: boolean;
  /** Backups by their ids, beside the newest one. */
  readonly backups: readonly string[];
  /** Directories of dead nodes. */
  readonly dataDirs: readonly string[];
  readonly stated: {
    readonly replication?: Replication;
    readonly nodes: readonly { readonly name: string; readonly id: number }[];
  };
}

export interface ForeignObservation {
  readonly evidence: SetEvidence;
  readonly nodes: readonly NodeEvidence[];
  readonly places: readonly NodePlace[];
  readonly hands: NodeHands['hands'];
  readonly store: {
    readonly kind: 'builtin' | 'etcd';
    readonly state: 'serves' | 'empty' | 'lost';
    readonly detail?: string;
    readonly registers: RegisterSet;
    readonly health: MetaStoreHealth;
  };
  /** Whole sentences: what was found and is not used. */
  readonly damaged: readonly string[];
}

/** Everything that is left of a cluster, wherever it is. Changes nothing. */
export async function observeForeign(
  parts: ForeignParts,
  extra: ForeignExtra,
  remains?: EtcdRemains,
): Promise<ForeignObservation> {
  const { cluster, hands } = parts;
  const [nodes, found] = await Promise.all([cluster.look(), observeStore(cluster)]);
  const store = remains?.chosen?.contents
    ? { ...found, registers: remains.chosen.contents.registers }
    : found;
  const [partitions, sequencers, markers] = await Promise.all([
    cluster.partitions(),
    cluster.sequencers(),
    observeMarkers(hands, extra.dataDirs),
  ]);
  const looks = looksOf({ nodes, places: hands.places, markers, stated: extra.stated.nodes });
  const live = [...storesOf(found, remains, nodes), ...cachesOf(nodes, looks)];
  const configured = {
    name: parts.name,
    ...(parts.fingerprint !== undefined && { fingerprint: parts.fingerprint }),
  };
  const marked = markers.map(({ place, marker }) => ({ place, marker }));
  const liveSets = live.map(({ set }) => set);
  const { identity } = identify({ configured, sets: liveSets, markers: marked });
  const backups = await observeBackups(parts, extra, identity?.fingerprint);
  const all = [...live, ...backups.found.map(({ name, set }) => decodeSet('backup', name, set))];
  const sets = all.map(({ set }) => set);
  const stored = await observeLoglets(cluster, logServersIn(nodes), logletsIn(sets));
  const evidence: SetEvidence = {
    ...{ configured, sets, markers: marked, looks, stored },
    ...(partitions !== undefined && { partitions }),
    ...(sequencers !== undefined && { sequencers }),
    stated: extra.stated.replication === undefined ? {} : { replication: extra.stated.replication },
  };
  return {
    ...{ evidence, nodes, store, places: hands.places, hands: hands.hands },
    damaged: [...backups.problems, ...all.flatMap(({ damaged }) => damaged)],
  };
}

async function observeStore({ registers }: ForeignCluster): Promise<ForeignObservation['store']> {
  const kind = registers.description.kind === 'etcd' ? 'etcd' : 'builtin';
  const health = await registers.health();
  try {
    const set = await registers.readAll();
    // A built-in store without a register was never provisioned: there is none.
    const empty = kind === 'etcd' ? 'empty' : 'lost';
    return { kind, state: set.size === 0 ? empty : 'serves', registers: set, health };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { kind, state: 'lost', detail: error.message, registers: new Map(), health };
  }
}

/**
 * The store, or what survived of it. A survivor may be stale: only where nodes still remember what was newest does it
 * count as the store that it was; else as a backup, above which versions are lifted.
 */
function storesOf(
  store: ForeignObservation['store'],
  remains: EtcdRemains | undefined,
  nodes: readonly NodeEvidence[],
) {
  const remember = nodes.some(({ answer }) => answer.kind === 'answered' && answer.caches.size > 0);
  const survivors = (remains?.survivors ?? []).flatMap(({ name, contents }) =>
    contents === undefined
      ? []
      : [decodeSet(remember ? 'store' : 'backup', `what survived on ${name}`, contents.registers)],
  );
  return [decodeSet('store', 'the store', store.registers), ...survivors];
}

interface FoundMarker {
  readonly place: string;
  readonly marker: OfflineMarker;
  readonly nodeName?: string;
}

/** Of nodes whose directory is within reach, running or not: plain files are read, no database is opened. */
async function observeMarkers(hands: NodeHands, given: readonly string[]): Promise<FoundMarker[]> {
  const own = hands.places.flatMap(({ name, dataDir }) => (dataDir === undefined ? [] : [{ name, dataDir }]));
  const found = await Promise.all(
    own.map(async ({ name, dataDir }): Promise<FoundMarker[]> => {
      try {
        return [{ place: dataDir, marker: await hands.marker(dataDir), nodeName: name }];
      } catch {
        // On another host: the configuration says where it lies there.
        return [];
      }
    }),
  );
  const named = await Promise.all(given.map(async (place) => ({ place, marker: await hands.marker(place) })));
  return [...found.flat(), ...named];
}

function looksOf(found: {
  readonly nodes: readonly NodeEvidence[];
  readonly places: readonly NodePlace[];
  readonly markers: readonly FoundMarker[];
  readonly stated: ForeignExtra['stated']['nodes'];
}): NodeLook[] {
  const { nodes, places, markers, stated } = found;
  const looks = nodes.map(({ address, answer }): NodeLook => {
    const place = places.find((one) => sameAddress(one.address, address));
    const marker = markers.find(
      ({ nodeName, marker: { nodeName: own } }) => (nodeName ?? own) === place?.name,
    );
    const given = stated.find(({ name }) => name === place?.name);
    return {
      address,
      ...(place !== undefined && { name: place.name }),
      ...(answer.kind === 'answered' && { ident: answer.ident }),
      ...(marker !== undefined && { marker: marker.marker }),
      ...(given !== undefined && { givenId: given.id }),
    };
  });
  // Nodes that no address is known of: their ids must not be given to others.
  const unplaced = stated.filter(({ name }) => !places.some((place) => place.name === name));
  return [
    ...looks,
    ...unplaced.map(({ name, id }) => ({ address: `http://${name}.invalid:5122`, name, givenId: id })),
  ];
}

function cachesOf(nodes: readonly NodeEvidence[], looks: readonly NodeLook[]) {
  return nodes.flatMap(({ address, answer }) => {
    if (answer.kind !== 'answered' || answer.caches.size === 0) return [];
    const name = looks.find((look) => look.address === address)?.name ?? address;
    return [decodeSet('cache', `the cache of ${name}`, answer.caches)];
  });
}

interface FoundBackups {
  readonly found: readonly { readonly name: string; readonly set: RegisterSet }[];
  readonly problems: readonly string[];
}

/** A repository that does not answer costs what it would have told, not the recovery; unless a backup was named. */
async function observeBackups(
  parts: ForeignParts,
  extra: ForeignExtra,
  known: bigint | undefined,
): Promise<FoundBackups> {
  if (parts.backups === undefined || !extra.useRepository) return { found: [], problems: [] };
  try {
    return { found: await readBackups(parts.backups, extra.backups, known), problems: [] };
  } catch (error) {
    if (!isPortError(error, 'unavailable', 'denied') || extra.backups.length > 0) throw error;
    return { found: [], problems: [`No backup was looked at: ${error.message}.`] };
  }
}

async function readBackups(
  backups: SetBackups,
  ids: readonly string[],
  known: bigint | undefined,
): Promise<FoundBackups['found']> {
  const there = await backups.clusters();
  const own = known ?? (there.length === 1 ? there[0] : undefined);
  const newest = own === undefined ? undefined : await backups.find(own);
  // One that was named is shown whosever it is: that of another cluster is refused aloud, not overlooked.
  const named = await Promise.all(ids.map((id) => namedBackup(backups, there, id)));
  const found = newest === undefined ? named : [newest, ...named];
  return found.map(({ ref, document }) => ({
    name: `the backup of ${new Date(ref.takenAt).toISOString()}`,
    set: document.set,
  }));
}

async function namedBackup(backups: SetBackups, clusters: readonly bigint[], id: string) {
  for (const fingerprint of clusters) {
    const found = await backups.find(fingerprint, id);
    if (found !== undefined) return found;
  }
  throw new DrError('E_BAD_SNAPSHOT', {
    message: `There is no backup ${id} in ${backups.repository.url}. Nothing was changed.`,
    hint: '`vlog-dr backups list` shows what there is.',
  });
}

function logServersIn(nodes: readonly NodeEvidence[]): string[] {
  return nodes.flatMap(({ address, answer }) =>
    answer.kind === 'answered' && answer.ident.roles.includes('log-server') ? [address] : [],
  );
}

function logletsIn(sets: readonly FoundSet[]): bigint[] {
  const segments = sets.flatMap(({ chains }) => [...(chains?.logs.values() ?? [])].flat());
  return segments.flatMap((segment) => (segment.kind === 'replicated' ? [segment.logletId] : []));
}
