import type { Segment, Sequencer } from '../../core/chain.ts';
import { descriptorDigest } from '../../core/descriptor.ts';
import { sameDurability } from '../../core/durability.ts';
import { PortError } from '../../core/errors.ts';
import type { Generation } from '../../core/generation.ts';
import type { Position, ServerId } from '../../core/ids.ts';
import type { CloseRecord, LogletState } from '../../core/logletState.ts';
import type { Answer, AppendOutcome, LogServer } from '../../ports/LogServer.ts';
import { agreed, askAll, type Reply } from '../askAll.ts';
import { readCopy, type Sources } from './copies.ts';
import { stopIfFenced } from './fence.ts';
import type { Copy, Loglet, LogletRead, Provision, ReadRequest, Survey } from './loglet.ts';

type Servers = ReadonlyMap<ServerId, LogServer>;

/** A loglet on LogServers: every store of the nodeset holds a copy, one process gives positions. */
export class NativeLoglet implements Loglet {
  readonly segment: Segment;
  readonly #servers: Servers;
  /** The member that served last: asked first, so that one reader warms one cache. */
  #preferred: ServerId | undefined;

  constructor(segment: Segment, servers: Servers) {
    this.segment = segment;
    this.#servers = servers;
  }

  async states(): Promise<Survey> {
    const ids = [this.segment.logletId];
    return this.#survey(await this.#askMembers(async (server) => only(await server.states(ids))));
  }

  async seal(generation: Generation): Promise<Survey> {
    const ids = [this.segment.logletId];
    const replies = await this.#askMembers(async (server) => {
      const [status, sealed] = await Promise.all([server.status(), server.seal(generation, ids)]);
      // The store counts, not the server: a replaced disk is silent, whatever it says.
      const member = this.segment.nodeset.find((one) => one.serverId === server.serverId);
      if (member?.storeId !== status.storeId)
        return { ok: false, refusal: { code: 'wrongStore', held: status.storeId } };
      return only(sealed);
    });
    stopIfFenced(generation, replies);
    return this.#survey(replies);
  }

  async activate(generation: Generation, chainVersion: number): Promise<Survey> {
    return this.#control(generation, (server) =>
      server.activate(generation, this.segment.logletId, chainVersion),
    );
  }

  async close(generation: Generation, record: CloseRecord): Promise<Survey> {
    return this.#control(generation, (server) => server.close(generation, this.segment.logletId, record));
  }

  async repair(generation: Generation, copies: readonly Copy[], tail: Position): Promise<Set<ServerId>> {
    const whole = copies.filter((copy) => copy.state.localTail >= tail);
    const lagging = copies.filter((copy) => copy.state.localTail < tail);
    const replies = await askAll(
      this.#servers,
      lagging.map((copy) => copy.serverId),
      (server) => this.#repairOne(generation, server, lagging, { copies: whole, tail }),
    );
    stopIfFenced(generation, replies);
    return new Set([...whole.map((copy) => copy.serverId), ...agreed(replies)]);
  }

  async drop(generation: Generation): Promise<readonly Reply<null>[]> {
    const replies = await this.#askMembers((server) => server.drop(generation, this.segment.logletId));
    stopIfFenced(generation, replies);
    return replies;
  }

  async append(payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
    return this.#sequencer('append').append(this.segment.logletId, payloads);
  }

  async acknowledgedTail(): Promise<Answer<{ readonly tail: Position }>> {
    return this.#sequencer('acknowledgedTail').acknowledgedTail(this.segment.logletId);
  }

  async read(request: ReadRequest): Promise<LogletRead> {
    const members = this.segment.nodeset.map((member) => member.serverId);
    const order =
      this.#preferred === undefined
        ? members
        : [this.#preferred, ...members.filter((id) => id !== this.#preferred)];
    const found = await readCopy(this.#sources(order), request);
    if (found.read === 'entries') this.#preferred = found.from;
    return found;
  }

  async #repairOne(
    generation: Generation,
    target: LogServer,
    lagging: readonly Copy[],
    source: { copies: readonly Copy[]; tail: Position },
  ): Promise<Answer<LogletState>> {
    const sources = this.#sources(source.copies.map((copy) => copy.serverId));
    let from = lagging.find((copy) => copy.serverId === target.serverId)?.state.localTail ?? source.tail;
    for (;;) {
      // What a position holds is the same on every copy of a loglet: one sequencer gave it once.
      const chunk = await readCopy(sources, { from, to: source.tail, determined: true });
      if (chunk.read === 'none')
        throw new PortError('unavailable', { subject: 'repair', message: `no copy gives position ${from}` });
      const answer = await target.repair(generation, this.segment.logletId, chunk.entries);
      if (!answer.ok || answer.value.localTail >= source.tail) return answer;
      if (answer.value.localTail <= from)
        throw new PortError('corrupt', { subject: 'repair', message: `${target.serverId} stays at ${from}` });
      from = answer.value.localTail;
    }
  }

  #sources(serverIds: readonly ServerId[]): Sources {
    return { servers: this.#servers, serverIds, logletId: this.segment.logletId };
  }

  #sequencer(subject: string): LogServer {
    const serverId = this.segment.sequencer?.serverId;
    const server = serverId && this.#servers.get(serverId);
    if (server) return server;
    // A rebuilt segment of which no store survived: nobody knows who gave its positions.
    const message = serverId === undefined ? 'its sequencer is not known' : `${serverId} has no address`;
    throw new PortError('unavailable', { subject, message });
  }

  async #control(
    generation: Generation,
    ask: (server: LogServer) => Promise<Answer<LogletState>>,
  ): Promise<Survey> {
    const replies = await this.#askMembers(ask);
    stopIfFenced(generation, replies);
    return this.#survey(replies);
  }

  #askMembers<T>(ask: (server: LogServer) => Promise<Answer<T>>): Promise<Reply<T>[]> {
    return askAll(
      this.#servers,
      this.segment.nodeset.map((member) => member.serverId),
      ask,
    );
  }

  #survey(replies: readonly Reply<LogletState>[]): Survey {
    const checked = replies.map((reply) =>
      reply.said !== 'yes' || describes(this.segment, reply.value) ? reply : differs(reply),
    );
    const copies = checked.flatMap((reply) =>
      reply.said === 'yes' ? [{ serverId: reply.serverId, state: reply.value }] : [],
    );
    return { copies, replies: checked };
  }
}

/** A descriptor never changes and is the same on every store: a copy with another one is not used. */
function describes(segment: Segment, { descriptor, descriptorDigest: claimed }: LogletState): boolean {
  return (
    descriptor.logletId === segment.logletId &&
    descriptor.index === segment.index &&
    descriptor.kind === segment.kind &&
    descriptor.start === segment.start &&
    sameDurability(descriptor.durability, segment.durability) &&
    sameNodeset(descriptor.nodeset, segment.nodeset) &&
    // A rebuilt segment may not know its sequencer.
    (segment.sequencer === undefined || sameSequencer(descriptor.sequencer, segment.sequencer)) &&
    descriptorDigest(descriptor) === claimed
  );
}

function sameNodeset(a: Segment['nodeset'], b: Segment['nodeset']): boolean {
  return (
    a.length === b.length &&
    a.every((one, place) => {
      const other = b[place];
      return (
        one.serverId === other?.serverId && one.storeId === other.storeId && one.location === other.location
      );
    })
  );
}

function sameSequencer(a: Sequencer, b: Sequencer): boolean {
  return a.serverId === b.serverId && a.incarnation === b.incarnation;
}

function differs(reply: { serverId: ServerId; value: LogletState }): Reply<LogletState> {
  const refusal = { code: 'descriptorDiffers', heldDigest: reply.value.descriptorDigest } as const;
  return { serverId: reply.serverId, said: 'no', refusal };
}

function only(results: readonly { readonly answer: Answer<LogletState> }[]): Answer<LogletState> {
  const first = results[0];
  if (first === undefined)
    throw new PortError('corrupt', { subject: 'states', message: 'no answer for the loglet asked for' });
  return first.answer;
}

/** Writes a descriptor on every store of its nodeset; what a store refuses or does not answer is in the replies. */
export function provisionNative(servers: Servers): Provision {
  return async (generation, descriptor) => {
    const replies = await askAll(
      servers,
      descriptor.nodeset.map((member) => member.serverId),
      (server) => server.provision(generation, descriptor),
    );
    stopIfFenced(generation, replies);
    return replies;
  };
}
