import type { LogArchive } from '../../archive/LogArchive.ts';
import type { VerifyProblem } from '../../codec/results/verify.ts';
import { type Span, within } from '../../core/archive.ts';
import type { Chain, Segment } from '../../core/chain.ts';
import { isPortError, type PortError } from '../../core/errors.ts';
import type { Cluster } from '../cluster.ts';

export interface ArchivedCheck {
  readonly problems: readonly VerifyProblem[];
  readonly entries: number;
  readonly bytes: number;
}

/** Reads every object that the chain's manifest names, and holds it against its digest. */
export async function verifyArchived(
  { archive }: Pick<Cluster, 'archive'>,
  { logId }: Chain,
  segment: Segment,
): Promise<ArchivedCheck> {
  const { archive: place, index, logletId } = segment;
  if (place === undefined) return { problems: [], entries: 0, bytes: 0 };
  const about = { logId, logletId } as const;
  const where = `segment ${index} of log ${logId}`;
  if (archive === undefined) {
    const message = `The entries of ${where} are in repository ${place.repositoryId}, and none is configured: they are not verified.`;
    return {
      problems: [{ ...about, weighs: 'risk', kind: 'backup', message, next: null }],
      entries: 0,
      bytes: 0,
    };
  }
  const total = { entries: 0, bytes: 0 };
  const failed: { readonly spans: readonly Span[]; readonly error: PortError }[] = [];
  for (const { spans, read } of await partsOf(archive, { logId, segment, place })) {
    try {
      const entries = await read();
      total.entries += entries.length;
      total.bytes += entries.reduce((sum, { payload }) => sum + payload.length, 0);
    } catch (error) {
      if (!isPortError(error)) throw error;
      failed.push({ spans, error });
    }
  }
  return {
    problems: failed.map(({ spans, error }) => ({ ...about, ...problemOf(where, spans, error) })),
    ...total,
  };
}

type Part = { readonly spans: readonly Span[]; readonly read: () => ReturnType<LogArchive['readObject']> };

/** Object by object; the whole, where the manifest itself cannot be read. */
async function partsOf(
  archive: LogArchive,
  of: { logId: Chain['logId']; segment: Segment; place: NonNullable<Segment['archive']> },
): Promise<Part[]> {
  const { logId, segment, place } = of;
  try {
    const { objects } = await archive.manifestAt(logId, segment, place);
    return objects.map((object) => ({
      spans: within(object, place.spans),
      read: () => archive.readObject(logId, segment.logletId, object),
    }));
  } catch (error) {
    if (!isPortError(error)) throw error;
    return [{ spans: place.spans, read: () => Promise.reject(error) }];
  }
}

function problemOf(
  where: string,
  spans: readonly Span[],
  error: PortError,
): Pick<VerifyProblem, 'weighs' | 'kind' | 'message' | 'positions' | 'next'> {
  const isLost = error.failure === 'corrupt' || error.failure === 'notFound';
  const what = spans.map(({ from, to }) => `${from} to ${to}`).join(', ');
  return {
    weighs: isLost ? 'loss' : 'risk',
    kind: isLost ? 'lost' : 'unreachable',
    message: `Of ${where}, ${what} (exclusive) are in the repository alone, and it does not give them: ${error.message}.`,
    positions: spans.map(({ from, to }) => ({ from, to })),
    next: null,
  };
}
