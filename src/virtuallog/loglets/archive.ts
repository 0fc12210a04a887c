import type { LogArchive } from '../../archive/LogArchive.ts';
import { type ArchivePlace, holds } from '../../core/archive.ts';
import type { Segment } from '../../core/chain.ts';
import type { Entry } from '../../core/entry.ts';
import { DrError, isPortError, type PortError } from '../../core/errors.ts';
import type { LogId, ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import type { LogletRead, ReadRequest } from './loglet.ts';
import { NativeLoglet } from './native.ts';

/** A repository as the reader of one log sees it. */
export interface ArchiveSource {
  readonly archive: LogArchive;
  readonly logId: LogId;
}

/**
 * A segment whose servers are lost, read in place from the repository. Only what the chain's manifest names is believed.
 * What the servers were asked still goes to them: should one return, its copy is what it was, and serves what the
 * repository does not have.
 */
export class ArchiveLoglet extends NativeLoglet {
  readonly #place: ArchivePlace;
  readonly #archived: Segment;
  readonly #source: ArchiveSource | undefined;

  constructor(
    segment: Segment & { readonly archive: ArchivePlace },
    servers: ReadonlyMap<ServerId, LogServer>,
    source: ArchiveSource | undefined,
  ) {
    const { archive, ...rest } = segment;
    super({ ...rest, kind: 'native' }, servers);
    this.#place = archive;
    this.#archived = segment;
    this.#source = source;
  }

  override async read(request: ReadRequest): Promise<LogletRead> {
    if (!holds(this.#place.spans, request.from)) return await super.read(request);
    try {
      return { read: 'entries', entries: await this.#entries(request) };
    } catch (error) {
      if (!isPortError(error)) throw error;
      const copy = await super.read(request);
      if (copy.read === 'entries') return copy;
      throw unusable(this.#archived, request, error);
    }
  }

  /** From one object, whose entries are all in memory anyhow. */
  async #entries({ from, to }: ReadRequest): Promise<readonly Entry[]> {
    const { archive, logId } = this.#mustHaveSource();
    const manifest = await archive.manifestAt(logId, this.#archived, this.#place);
    const object = manifest.objects.find((one) => one.from <= from && from < one.to);
    const span = this.#place.spans.find((one) => one.from <= from && from < one.to);
    if (object === undefined || span === undefined)
      throw new Error(`no object of the manifest holds ${from}`);
    const reading = archive.readObject(logId, this.#archived.logletId, object);
    // Whoever comes in by an object's first entry reads in order: the next one is fetched beside. Its failure is its reader's.
    const next = from === object.from && manifest.objects.find((one) => one.from === object.to);
    if (next) archive.readObject(logId, this.#archived.logletId, next).catch(() => {});
    const entries = await reading;
    const last = [object.to, span.to, to].reduce((a, b) => (b < a ? b : a));
    return entries.slice(Number(from - object.from), Number(last - object.from));
  }

  #mustHaveSource(): ArchiveSource {
    if (this.#source !== undefined) return this.#source;
    throw new DrError('E_CONFIG', {
      message: `Segment ${this.segment.index} is read from repository ${this.#place.repositoryId}, and none is configured. Nothing was changed.`,
      hint: 'Add that repository to the configuration.',
    });
  }
}

function unusable({ index, logletId }: Segment, { from }: ReadRequest, error: PortError): DrError {
  const isGone = error.failure === 'corrupt' || error.failure === 'notFound';
  return new DrError(isGone ? 'E_BAD_DATA' : 'E_REPOSITORY_UNAVAILABLE', {
    message: `Position ${from}, in segment ${index} (${logletId}), is read from the repository, and that does not give it: ${error.message}. Nothing was changed.`,
    context: { position: String(from), logletId },
    cause: error,
  });
}
