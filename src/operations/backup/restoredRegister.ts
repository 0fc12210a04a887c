import type { RestoredLog } from '../../codec/results/testRestore.ts';
import type { SnapshotDocument } from '../../codec/snapshot.ts';
import type { Chain } from '../../core/chain.ts';
import { isPortError } from '../../core/errors.ts';
import { sameGeneration } from '../../core/generation.ts';
import { rewrittenSegments } from './checkHistory.ts';
import type { BackupDeps } from './deps.ts';
import { standingOf } from './plan.ts';

export interface RegisterComparison {
  readonly standing: RestoredLog['register'];
  readonly behind: number | null;
  readonly problems: RestoredLog['problems'];
}

/** How a snapshot stands to the register as it is now. */
export async function compareWithRegister(
  { metaStore }: Pick<BackupDeps, 'metaStore'>,
  document: SnapshotDocument,
): Promise<RegisterComparison> {
  let register: Chain | undefined;
  try {
    register = await metaStore.get(document.logId);
  } catch (error) {
    if (!isPortError(error)) throw error;
    const message = `The register of log ${document.logId} cannot be read: ${error.message}`;
    return { standing: 'unknown', behind: null, problems: [{ kind: 'unproven', message }] };
  }
  return compare(register, document);
}

function compare(register: Chain | undefined, document: SnapshotDocument): RegisterComparison {
  const { logId, version, chain } = document;
  switch (standingOf(register, document)) {
    case 'none':
    case 'same':
      return { standing: 'same', behind: 0, problems: [] };
    case 'lost':
      return said(
        'lost',
        'unproven',
        `The MetaStore has no chain of log ${logId}: there is nothing alive to compare with.`,
      );
    case 'backwards':
      return said(
        'backwards',
        'mismatch',
        `The register of log ${logId} is at version ${register?.version}, older than this snapshot, ${version}.`,
      );
    case 'differs':
      return said(
        'differs',
        'mismatch',
        `The register of log ${logId} holds another chain of version ${version}.`,
      );
    case 'behind':
      return register === undefined ? said('lost', 'unproven', '') : behind(register, chain);
  }
}

function behind(register: Chain, chain: Chain): RegisterComparison {
  const isOneHistory = sameGeneration(register.generation, chain.generation);
  if (isOneHistory && rewrittenSegments(chain, register).length > 0)
    return said(
      'differs',
      'mismatch',
      `The register of log ${chain.logId}, version ${register.version}, does not continue this snapshot, version ${chain.version}.`,
    );
  const versions = register.version - (isOneHistory ? chain.version : register.generationStart - 1);
  const message = `The register of log ${chain.logId} is ${versions} ${versions === 1 ? 'version' : 'versions'} further, at ${register.version}.`;
  return { standing: 'behind', behind: versions, problems: [{ kind: 'behind', message }] };
}

function said(
  standing: RestoredLog['register'],
  kind: RestoredLog['problems'][number]['kind'],
  message: string,
): RegisterComparison {
  return { standing, behind: null, problems: [{ kind, message }] };
}
