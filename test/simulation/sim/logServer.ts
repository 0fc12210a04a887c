import type { Position, ServerId } from '../../../src/core/ids.ts';
import type { MemoryLogServer } from '../../../src/drivers/memory/logServer.ts';
import type { InventoryItem, LogServer, SealedLoglet } from '../../../src/ports/LogServer.ts';
import type { Call, Network } from './network.ts';
import { failure } from './network.ts';
import type { SimProcess } from './simProcess.ts';

/** What the outside sees when a server has executed a call. */
export interface ServerWatch {
  stored(server: ServerId, request: Parameters<LogServer['store']>[0], ok: boolean, wasSealed: boolean): void;
  appended(
    server: ServerId,
    request: {
      readonly logletId: Parameters<LogServer['append']>[0];
      readonly payloads: readonly Uint8Array[];
      readonly sealedBefore: boolean;
      readonly trimPoint: Position;
    },
    outcome: Awaited<ReturnType<LogServer['append']>>,
  ): void;
  sealedOnQuorum(logletId: Parameters<LogServer['append']>[0]): boolean;
  /** Of the loglet's log. */
  trimPoint(logletId: Parameters<LogServer['append']>[0]): Position;
}

const CONTROL_TIMEOUT_MS = 1_000;
/** A sequencer answers for itself after five seconds. */
const APPEND_TIMEOUT_MS = 8_000;

/** One LogServer as one process sees it: the shipped node behind the network. */
export function logServerSeenBy(
  from: SimProcess,
  server: MemoryLogServer,
  parts: {
    readonly network: Network;
    readonly watch: ServerWatch;
    readonly cutStreams: () => boolean;
    readonly elapsed: () => number;
  },
): LogServer {
  const { network, watch } = parts;
  const to = server.serverId;
  const control = <T>(what: string, run: () => Promise<T>): Promise<T> =>
    network.call(from, to, { what, timeoutMs: CONTROL_TIMEOUT_MS }, run);
  const once = <T>(what: string, timeoutMs: number, run: () => Promise<T>): Promise<T> => {
    const call: Call = { what, timeoutMs, once: true };
    return network.call(from, to, call, run);
  };
  return {
    serverId: to,
    status: () =>
      troubling(
        control('status', () => server.status()),
        from,
        parts.elapsed,
      ),
    adopt: (generation) => control(`adopt ${generation.number}`, () => server.adopt(generation)),
    admit: (...args) => control('admit', () => server.admit(...args)),
    pledge: (...args) => control('pledge', () => server.pledge(...args)),
    retire: (...args) => control('retire', () => server.retire(...args)),
    provision: (...args) => control(`provision ${args[1].logletId}`, () => server.provision(...args)),
    activate: (...args) => control(`activate ${args[1]}`, () => server.activate(...args)),
    seal: (generation, logletIds) => {
      const sealing = control(`seal ${logletIds.join()}`, () => server.seal(generation, logletIds));
      return noted(sealing, from, to, parts.elapsed());
    },
    close: (...args) => control(`close ${args[1]}`, () => server.close(...args)),
    repair: (...args) =>
      troubling(
        control(`repair ${args[1]}`, () => server.repair(...args)),
        from,
        parts.elapsed,
      ),
    trim: (...args) => control(`trim ${args[2]}`, () => server.trim(...args)),
    drop: (...args) => control(`drop ${args[1]}`, () => server.drop(...args)),
    states: (...args) => control('states', () => server.states(...args)),
    read: (request) =>
      troubling(
        control(`read ${request.from}`, () => server.read(request)),
        from,
        parts.elapsed,
      ),
    acknowledgedTail: (...args) => control('acknowledgedTail', () => server.acknowledgedTail(...args)),
    store: (request) =>
      control(`store ${request.entries.length}`, async () => {
        const wasSealed = server.disk.loglets.get(request.logletId)?.sealed === true;
        const answer = await server.store(request);
        watch.stored(to, request, answer.ok, wasSealed);
        return answer;
      }),
    append: (logletId, payloads) =>
      once(`append ${payloads.length}`, APPEND_TIMEOUT_MS, async () => {
        const sealedBefore = watch.sealedOnQuorum(logletId);
        const trimPoint = watch.trimPoint(logletId);
        const outcome = await server.append(logletId, payloads);
        watch.appended(to, { logletId, payloads, sealedBefore, trimPoint }, outcome);
        return outcome;
      }),
    inventory: (query) => inventory(parts, from, server, query),
    disconnect: async () => {},
  };
}

/** Remembers which seals the process was told of: it must complete exactly those copies. */
async function noted(
  sealing: Promise<SealedLoglet[]>,
  from: SimProcess,
  to: ServerId,
  asked: number,
): Promise<SealedLoglet[]> {
  const answers = await sealing;
  for (const { logletId, answer } of answers) {
    if (!answer.ok) continue;
    const round = from.sealed.get(logletId);
    if (round?.asked === asked) round.servers.add(to);
    else from.sealed.set(logletId, { asked, servers: new Set([to]) });
  }
  return answers;
}

/** A copy that could not be looked at, read or repaired excuses the process: it says so itself. */
async function troubling<T extends object>(
  calling: Promise<T>,
  from: SimProcess,
  elapsed: () => number,
): Promise<T> {
  let isFine = false;
  try {
    const answer = await calling;
    isFine = !('ok' in answer) || answer.ok === true;
    return answer;
  } finally {
    if (!isFine) from.troubledAt = elapsed();
  }
}

/** Streamed in one message; a stream that is cut says so, as the port promises. */
async function* inventory(
  { network, cutStreams }: { readonly network: Network; readonly cutStreams: () => boolean },
  from: SimProcess,
  server: MemoryLogServer,
  query: Parameters<LogServer['inventory']>[0],
): AsyncGenerator<InventoryItem> {
  const call = { what: 'inventory', timeoutMs: CONTROL_TIMEOUT_MS };
  const items = await network.call(from, server.serverId, call, async () => {
    const all: InventoryItem[] = [];
    for await (const item of server.inventory(query)) all.push(item);
    return all;
  });
  const isCut = cutStreams();
  for (const [place, item] of items.entries()) {
    if (isCut && place * 2 >= items.length)
      throw failure(server.serverId, 'inventory', 'unavailable', 'the stream was cut');
    yield item;
  }
}
