import type { RestoredLog, TestRestoreResult } from '../../codec/results/testRestore.ts';
import { type Chain, chainDigest } from '../../core/chain.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { MetaStore } from '../../ports/MetaStore.ts';
import type { SnapshotItem } from '../../snapshots/read.ts';
import { describeRef } from '../../snapshots/refusals.ts';
import type { BackupDeps } from './deps.ts';
import { findSnapshot, idOf } from './id.ts';
import { compareWithLoglets } from './restoredLoglets.ts';
import { compareWithRegister } from './restoredRegister.ts';

export interface TestRestore {
  readonly deps: Required<BackupDeps>;
  /** Empty, and thrown away afterwards. */
  readonly into: MetaStore;
  readonly clock: Clock;
}

/**
 * A backup that was never restored is a hope. Each snapshot is written into an empty MetaStore, read back from there,
 * and held against the live register and against what the LogServers hold. Changes nothing that lives.
 */
export async function testRestore(run: TestRestore, ids: readonly string[] = []): Promise<TestRestoreResult> {
  const begun = run.clock.now();
  const logs: RestoredLog[] = [];
  if (ids.length === 0)
    for (const logId of await knownLogs(run))
      logs.push(await restoreLog(run, logId, () => run.deps.snapshots.newest(logId)));
  for (const id of ids) {
    const ref = await findSnapshot(run.deps, id);
    logs.push(await restoreLog(run, ref.logId, () => run.deps.snapshots.find(ref)));
  }
  const verdict = verdictOf(logs);
  return {
    ok: verdict === 'ok',
    repository: run.deps.snapshots.repository.url,
    verdict,
    durationMs: Math.max(0, run.clock.now() - begun),
    logs,
  };
}

/** A log that only the MetaStore knows has no backup: that is what this must say. */
async function knownLogs({ deps }: TestRestore): Promise<LogId[]> {
  const known = new Set<LogId>();
  for await (const logId of deps.snapshots.listLogs()) known.add(logId);
  try {
    for (const logId of await deps.metaStore.list()) known.add(logId);
  } catch (error) {
    if (!isPortError(error)) throw error;
    deps.reporter.warn(`The MetaStore does not answer: ${error.message}`);
  }
  return [...known].sort();
}

async function restoreLog(
  { deps, into, clock }: TestRestore,
  logId: LogId,
  find: () => Promise<SnapshotItem | undefined>,
): Promise<RestoredLog> {
  const begun = clock.now();
  const found = await find();
  const took = () => Math.max(0, clock.now() - begun);
  if (found === undefined || 'problem' in found) {
    const message =
      found === undefined
        ? `Log ${logId} has no such snapshot.`
        : `The snapshot of ${describeRef(found.ref)} cannot be used: ${found.problem}`;
    const kind = found === undefined ? ('behind' as const) : ('mismatch' as const);
    const named = found === undefined ? null : idOf(found.ref);
    return { ...nothing(logId), id: named, problems: [{ kind, message }], durationMs: took() };
  }
  const { chain } = found.document;
  const restored = await restore(into, chain);
  const durationMs = took();
  const register = await compareWithRegister(deps, found.document);
  const loglets = await compareWithLoglets(deps.logServers, chain);
  const problems = [...register.problems, ...loglets.problems];
  if (!restored)
    problems.unshift({
      kind: 'mismatch',
      message: `The chain of log ${logId} does not come back as it was written.`,
    });
  return {
    logId,
    id: idOf(found.ref),
    generation: chain.generation,
    version: chain.version,
    restored,
    register: register.standing,
    behind: register.behind,
    segments: chain.segments.length,
    confirmed: loglets.confirmed,
    problems,
    durationMs,
  };
}

/** As a recovery would: into an empty register only. */
async function restore(into: MetaStore, chain: Chain): Promise<boolean> {
  const { outcome } = await into.compareAndSet(chain.logId, undefined, chain);
  if (outcome !== 'installed')
    throw new DrError('E_USAGE', {
      message: `Two snapshots of log ${chain.logId} were named; one at a time can be restored. Nothing that lives was touched.`,
    });
  const back = await into.get(chain.logId);
  return back !== undefined && chainDigest(back) === chainDigest(chain);
}

function nothing(logId: LogId): Omit<RestoredLog, 'problems' | 'durationMs'> {
  return {
    logId,
    id: null,
    generation: null,
    version: null,
    restored: false,
    register: 'unknown',
    behind: null,
    segments: 0,
    confirmed: 0,
  };
}

function verdictOf(logs: readonly RestoredLog[]): TestRestoreResult['verdict'] {
  const kinds = new Set(logs.flatMap(({ problems }) => problems.map(({ kind }) => kind)));
  if (kinds.has('mismatch')) return 'mismatch';
  return kinds.size > 0 || logs.length === 0 ? 'attention' : 'ok';
}
