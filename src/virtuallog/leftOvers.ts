import { segmentOf } from '../core/descriptor.ts';
import { DrError, isPortError } from '../core/errors.ts';
import type { Generation } from '../core/generation.ts';
import type { LogId, ServerId } from '../core/ids.ts';
import type { LogletState } from '../core/logletState.ts';
import { isSealQuorum, quorumSystem } from '../core/quorum.ts';
import type { LogServer } from '../ports/LogServer.ts';
import { describeReplies } from './askAll.ts';
import type { LogContext } from './context.ts';
import { logletOf } from './loglets/loglets.ts';

/** A log whose register is empty although something of it exists. */
export function metaStoreLost(logId: LogId, evidence: string): DrError {
  return new DrError('E_METASTORE_LOST', {
    message: `The register of log ${logId} is empty, and ${evidence}: the log exists. Nothing was changed.`,
    context: { logId },
  });
}

/**
 * First loglets that an interrupted creation left behind: nothing was ever stored in them. Throws for anything else
 * that a server has of this log. A server that does not answer may have the log: it must be named in `without`.
 */
export async function leftOversOf(ctx: LogContext, without: ReadonlySet<ServerId>): Promise<LogletState[]> {
  const servers = [...ctx.logServers.values()].filter((server) => !without.has(server.serverId));
  const found = (await Promise.all(servers.map((server) => heldOn(server, ctx.logId)))).flat();
  return [...new Map(found.map((state) => [state.descriptor.logletId, state])).values()];
}

async function heldOn(server: LogServer, logId: LogId): Promise<LogletState[]> {
  const states: LogletState[] = [];
  try {
    for await (const item of server.inventory({ logId })) {
      if (item.item === 'damaged') throw metaStoreLost(logId, `${server.serverId} has damaged records of it`);
      if (item.item === 'log') throw metaStoreLost(logId, `${server.serverId} has its trim point`);
      if (item.item !== 'loglet') continue;
      if (!isUntouched(item.state))
        throw metaStoreLost(logId, `${server.serverId} has loglet ${item.state.descriptor.logletId} of it`);
      states.push(item.state);
    }
  } catch (error) {
    if (!isPortError(error)) throw error;
    throw new DrError('E_UNREACHABLE', {
      message: `${server.serverId} does not answer, and could hold log ${logId} already. Nothing was changed.`,
      hint: 'Start it, or leave it out by name if it cannot hold anything of this log.',
      cause: error,
    });
  }
  return states;
}

/** The first of its log, never activated, empty: all that a creation can leave before it is done. */
function isUntouched(state: LogletState): boolean {
  const { descriptor } = state;
  const isEmpty = state.localTail === descriptor.start && state.close === undefined;
  return descriptor.index === 0 && state.activatedAt === undefined && isEmpty;
}

/**
 * Ends left-overs on a seal quorum before another first loglet is made: their creator may still be at work, and what
 * it activates afterwards must not take an entry.
 */
export async function sealLeftOvers(
  ctx: LogContext,
  generation: Generation,
  leftOvers: readonly LogletState[],
): Promise<void> {
  for (const { descriptor } of leftOvers) {
    const survey = await logletOf(segmentOf(descriptor), ctx.logServers).seal(generation);
    if (!survey.copies.every((copy) => isUntouched(copy.state)))
      throw metaStoreLost(ctx.logId, `loglet ${descriptor.logletId} of it was activated meanwhile`);
    const sealed = new Set(survey.copies.map((copy) => copy.serverId));
    if (isSealQuorum(quorumSystem(descriptor.durability, descriptor.nodeset), sealed)) continue;
    throw new DrError('E_UNREACHABLE', {
      message: `An earlier creation of log ${ctx.logId} left loglet ${descriptor.logletId}, which cannot be sealed: ${describeReplies(survey.replies)}. No log was created.`,
      hint: 'Bring them back. If their disks are gone, take another name: it cannot be shown that this log never took an entry.',
    });
  }
}
