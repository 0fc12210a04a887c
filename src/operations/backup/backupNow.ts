import type { BackupResult } from '../../codec/results/backup.ts';
import type { Chain } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { LogId } from '../../core/ids.ts';
import { describeRef } from '../../snapshots/refusals.ts';
import type { BackupDeps } from './deps.ts';
import { PastVersions } from './forgottenVersions.ts';
import { versionsInHistory } from './pastVersions.ts';
import { type Standing, standingOf } from './plan.ts';

export interface BackupOptions {
  /** Only these; every log that the MetaStore or the repository knows otherwise. */
  readonly logs?: readonly LogId[];
  /** Text of the cluster's configuration, to be kept with the chains. */
  readonly config?: string;
}

/**
 * Snapshots every chain, after the versions below it that the MetaStore still keeps or the LogServers still tell. Looks at all logs first: when
 * the MetaStore lost or forgot one, it throws `E_METASTORE_LOST` and writes nothing at all.
 */
export async function backupNow(deps: BackupDeps, options: BackupOptions = {}): Promise<BackupResult> {
  const { snapshots } = deps;
  const asked = options.logs;
  const chains = await readRegisters(deps, asked ?? (await knownLogs(deps)), asked !== undefined);
  const repositoryId = await snapshots.ensureRepositoryIdentity();
  const logs: BackupResult['logs'] = [];
  for (const chain of chains) logs.push(await backupLog(deps, chain));
  return {
    ok: logs.every(({ outcome }) => outcome !== 'refused'),
    repository: snapshots.repository.url,
    repositoryId,
    logs,
    config: options.config === undefined ? 'none' : await snapshots.saveConfig(options.config),
  };
}

async function knownLogs({ metaStore, snapshots }: BackupDeps): Promise<LogId[]> {
  const known = new Set(await metaStore.list());
  for await (const logId of snapshots.listLogs()) known.add(logId);
  return [...known].sort();
}

async function readRegisters(deps: BackupDeps, logs: readonly LogId[], isAsked: boolean): Promise<Chain[]> {
  const chains: Chain[] = [];
  const lost: string[] = [];
  for (const logId of logs) {
    const chain = await deps.metaStore.get(logId);
    const newest = await deps.snapshots.newest(logId);
    if (chain !== undefined) chains.push(chain);
    if (chain === undefined && newest === undefined && isAsked) throw unknownLog(logId);
    if (newest !== undefined && 'problem' in newest && chain === undefined)
      lost.push(`Log ${logId}: the register is empty, and the repository has a damaged snapshot of it.`);
    if (newest === undefined || 'problem' in newest) continue;
    const said = lossOf(standingOf(chain, newest.document), describeRef(newest.ref), chain);
    if (said !== undefined) lost.push(said);
  }
  if (lost.length > 0)
    throw new DrError('E_METASTORE_LOST', {
      message: `The MetaStore knows less than the repository. ${lost.join(' ')} Nothing was written; the snapshots are untouched.`,
      context: { logs: lost },
    });
  return chains;
}

function unknownLog(logId: LogId): DrError {
  return new DrError('E_UNKNOWN_LOG', {
    message: `Neither the MetaStore nor the repository knows a log ${logId}. Nothing was written.`,
  });
}

function lossOf(standing: Standing, newest: string, chain: Chain | undefined): string | undefined {
  if (standing === 'lost') return `The register is empty, and the repository has ${newest}.`;
  if (standing === 'backwards')
    return `The register is at version ${chain?.version}, and the repository has ${newest}.`;
  return undefined;
}

/** What is wrong with one log does not keep the others from being backed up. */
async function backupLog(deps: BackupDeps, chain: Chain): Promise<BackupResult['logs'][number]> {
  const { logId, version } = chain;
  try {
    const past = new PastVersions({
      above: chain,
      below: () => newestChain(deps, logId),
      history: versionsInHistory(deps, chain),
      logServers: deps.logServers ?? new Map(),
    });
    const options = { lower: past.at, fillGaps: true };
    const { outcome, added, gaps } = await deps.snapshots.ensureSnapshot(chain, options);
    const isWritten = outcome === 'written';
    return { logId, version, outcome: isWritten ? 'written' : 'there', added: [...added], gaps: [...gaps] };
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    const problem = { code: error.code, message: error.message };
    return { logId, version, outcome: 'refused', added: [], gaps: [], problem };
  }
}

async function newestChain({ snapshots }: BackupDeps, logId: LogId): Promise<Chain | undefined> {
  const newest = await snapshots.newest(logId);
  return newest !== undefined && 'document' in newest ? newest.document.chain : undefined;
}
