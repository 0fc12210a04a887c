import type { EvidenceOptions } from '../codec/evidenceOptions.ts';
import { decodeAnyRegister } from '../codec/metastore.ts';
import { isPortError } from '../core/errors.ts';
import type { ChainEvidence, RejectedEvidence } from '../core/evidence.ts';
import type { LogId } from '../core/ids.ts';
import { findSnapshot } from '../operations/backup/id.ts';
import type { Cluster } from '../operations/cluster.ts';
import type { ExtraEvidence } from '../operations/observe/observe.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { App } from './app.ts';
import type { Connection } from './connection.ts';
import { type Options, usageError } from './options.ts';

/** Opened evidence, and the MetaStore that the plan is made against. */
export interface OpenedEvidence {
  readonly extra: ExtraEvidence;
  readonly into: MetaStore;
}

/** The evidence that the flags name; local paths absolute, so that a resume from elsewhere finds the same. */
export function evidenceFrom(app: App, options: Options): EvidenceOptions {
  const into = options.text('into');
  const located = (place: string) =>
    isAddress(place) ? place : app.absolute(place.replace(/^file:\/\//, ''));
  return {
    useRepository: options.flag('backup'),
    backups: options.texts('fromBackup'),
    caches: options.texts('fromCaches').map(app.absolute),
    metaStores: options.texts('fromMetastore').map(located),
    dataDirs: options.texts('fromDataDir').map(app.absolute),
    ...(into !== undefined && { into: located(into) }),
  };
}

/** Long enough for what a small cluster holds; a large one is told that it was not read to the end. */
const CHECK_SECONDS = 10;

/** How long each server reads its entries for a plan. */
export function checkOf(options: Options): Pick<ExtraEvidence, 'checkMs'> {
  const seconds = options.count('checkEntries') ?? CHECK_SECONDS;
  return seconds === 0 ? {} : { checkMs: seconds * 1_000 };
}

export async function openEvidence(
  app: App,
  { cluster, config }: Connection,
  evidence: EvidenceOptions,
): Promise<OpenedEvidence> {
  const { caches, rejected } = await readCaches(app, evidence.caches);
  const metaStores = await Promise.all(
    evidence.metaStores.map(async (name) => {
      // Opening a directory of registers would make it: a mistyped path must not become an empty MetaStore.
      if (!isAddress(name)) await app.filesAt(name);
      return { name, metaStore: await app.openMetaStore(name, config) };
    }),
  );
  const into = evidence.into === undefined ? undefined : await app.openMetaStore(evidence.into, config);
  // What the configured MetaStore still holds is evidence too when another one is to be filled.
  if (into !== undefined) metaStores.push({ name: 'the configured MetaStore', metaStore: cluster.metaStore });
  return {
    into: into ?? cluster.metaStore,
    extra: {
      useRepository: evidence.useRepository,
      dataDirs: evidence.dataDirs.map((name) => ({ name, inventory: () => app.inventoryOf(name) })),
      caches: [...caches, ...(await readBackups(cluster, evidence.backups))],
      rejected,
      metaStores,
    },
  };
}

/** What clients of this machine read last of a log: a damaged cache is no evidence, and no obstacle. */
export async function cachedChain(
  { chainCache, cluster }: Connection,
  logId: LogId,
): Promise<ChainEvidence[]> {
  try {
    const chain = await chainCache.load(logId);
    return chain === undefined ? [] : [{ source: 'cache', name: 'the cache of this machine', chain }];
  } catch (error) {
    if (!isPortError(error)) throw error;
    cluster.reporter.warn(`The cached chain of log ${logId} is not used: ${error.message}`);
    return [];
  }
}

function isAddress(place: string): boolean {
  return /^(etcd\+)?https?:\/\//.test(place);
}

async function readCaches(
  app: App,
  places: readonly string[],
): Promise<{ caches: ChainEvidence[]; rejected: RejectedEvidence[] }> {
  const caches: ChainEvidence[] = [];
  const rejected: RejectedEvidence[] = [];
  for (const place of places) {
    for (const name of await app.filesAt(place)) {
      const decoded = decodeAnyRegister(await app.readText(name));
      if (decoded.ok) caches.push({ source: 'cache', name, chain: decoded.value });
      else rejected.push({ source: 'cache', name, problem: decoded.problem });
    }
  }
  return { caches, rejected };
}

/** Older snapshots that the operator wants held against the rest, named as in `backups list`. */
async function readBackups(
  { snapshots, metaStore, reporter }: Cluster,
  wanted: readonly string[],
): Promise<ChainEvidence[]> {
  if (wanted.length === 0) return [];
  if (snapshots === undefined) throw usageError('--from-backup needs a repository, and none is configured.');
  return Promise.all(
    wanted.map(async (id) => {
      const { chain } = await snapshots.read(await findSnapshot({ snapshots, metaStore, reporter }, id));
      return { source: 'snapshot' as const, name: `snapshot ${id}`, chain };
    }),
  );
}
