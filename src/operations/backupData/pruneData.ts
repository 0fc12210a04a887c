import type { NamedData } from '../../archive/keys.ts';
import type { LogArchive } from '../../archive/LogArchive.ts';
import type { Chain } from '../../core/chain.ts';
import type { LogId, LogletId, Position } from '../../core/ids.ts';

/** Names in the data of a log, and what a manifest of its segment says of them. */
export interface NamedObject {
  readonly named: NamedData;
  /** A sound manifest of its segment is there, and does not name this object. */
  readonly superfluous: boolean;
}

/**
 * What no kept chain needs: everything below the trim point of all of them, and, of a segment with a manifest, the
 * objects that no manifest names. A kept chain is the register's and every snapshot that stays. Pure.
 */
export function prunableData(all: readonly NamedObject[], kept: readonly Chain[]): string[] {
  const [first, ...rest] = kept;
  // Nobody tells what is needed.
  if (first === undefined) return [];
  const trimmed = rest.reduce(
    (least, { trimPoint }) => (trimPoint < least ? trimPoint : least),
    first.trimPoint,
  );
  return all
    .filter(({ named, superfluous }) => superfluous || endOf(named, kept) <= trimmed)
    .map(({ named }) => named.key);
}

const NEVER = 1n << 63n;

/** Of a manifest that a restore made, the end of the segment that it is for; one that no chain lists stays. */
function endOf(named: NamedData, kept: readonly Chain[]): Position {
  switch (named.kind) {
    case 'object':
      return named.object.to;
    case 'segment':
      return named.ref.end;
    case 'part': {
      const segment = kept
        .flatMap(({ segments }) => segments)
        .find(({ logletId }) => logletId === named.logletId);
      return segment?.end ?? NEVER;
    }
  }
}

/** Reads every manifest of the log: one that is damaged keeps everything of its segment. */
export async function namedData(archive: LogArchive, logId: LogId): Promise<NamedObject[]> {
  const all: NamedData[] = [];
  for await (const named of archive.names(logId)) all.push(named);
  const needed = new Map<LogletId, Set<string> | 'all'>();
  for (const named of all) {
    if (named.kind === 'object') continue;
    const digests = await shasNamedBy(archive, named);
    const before = needed.get(named.logletId);
    needed.set(
      named.logletId,
      digests === undefined || before === 'all' ? 'all' : new Set([...(before ?? []), ...digests]),
    );
  }
  // A manifest must stand for its segment alone: without one, nobody says which objects will be needed.
  const whole = new Set(all.flatMap((named) => (named.kind === 'segment' ? [named.logletId] : [])));
  return all.map((named) => {
    const shas = needed.get(named.logletId);
    const isNamed =
      named.kind !== 'object' || shas === undefined || shas === 'all' || shas.has(named.object.sha256);
    return { named, superfluous: !isNamed && whole.has(named.logletId) };
  });
}

async function shasNamedBy(
  archive: LogArchive,
  named: Exclude<NamedData, { kind: 'object' }>,
): Promise<string[] | undefined> {
  const digest = named.kind === 'segment' ? named.ref.digest : named.digest;
  try {
    const manifest = await archive.manifest(named.key, digest);
    return manifest.objects.map(({ sha256 }) => sha256);
  } catch {
    return undefined;
  }
}
