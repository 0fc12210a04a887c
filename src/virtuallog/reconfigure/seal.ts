import { type Chain, lastSegment, type Segment } from '../../core/chain.ts';
import { DrError } from '../../core/errors.ts';
import type { LogletId, Position, ServerId } from '../../core/ids.ts';
import { containsCommitQuorum, quorumSystem } from '../../core/quorum.ts';
import { inferTail, tailAnswer } from '../../core/tail.ts';
import { describeReplies } from '../askAll.ts';
import type { LogContext } from '../context.ts';
import type { Copy, Survey } from '../loglets/loglet.ts';
import { logletOf } from '../loglets/loglets.ts';

export type Sealed =
  | {
      readonly sealed: 'yes';
      /** T: where the successor starts. */
      readonly tail: Position;
      /** P: [P, T) was stored and may have been acknowledged. It is kept. */
      readonly committed: Position;
      /** Members that hold everything below T now. */
      readonly whole: ReadonlySet<ServerId>;
      /** Whether those are fewer than a commit quorum: to be said, and repaired when servers return. */
      readonly underReplicated: boolean;
    }
  /** Its successor was active already: the chain in hand is old. */
  | { readonly sealed: 'closed'; readonly successor: LogletId };

/** Step 1. Seal on a seal quorum, infer T, bring every responder to T. */
export async function sealLast(ctx: LogContext, chain: Chain): Promise<Sealed> {
  const segment = lastSegment(chain);
  const loglet = logletOf(segment, ctx.logServers);
  const survey = await loglet.seal(chain.generation);
  // On record in the chain: it holds also where a close record names a successor that is lost with its servers.
  if (segment.loss !== undefined) return acceptedEnd(ctx, { chain, segment, survey, end: segment.loss.from });
  const successor = closedBy(chain, survey.copies);
  if (successor !== undefined) return { sealed: 'closed', successor };
  const inferred = inferTail(segment, survey.copies.map(answerOf));
  if (inferred.kind === 'unsealable')
    throw unsealable(segment, describeReplies(survey.replies), inferred.wouldSettle);
  if (inferred.contradiction !== undefined) throw lossProven(segment, inferred.contradiction);
  const whole = await loglet.repair(chain.generation, survey.copies, inferred.tail);
  const underReplicated = !containsCommitQuorum(quorumSystem(segment.durability, segment.nodeset), whole);
  if (underReplicated && inferred.tail > segment.start)
    ctx.reporter.warn(
      `Loglet ${segment.logletId} of log ${ctx.logId} is under-replicated below ${inferred.tail}: only ${[...whole].join(', ')} hold all of it.`,
    );
  return { sealed: 'yes', tail: inferred.tail, committed: inferred.committed, whole, underReplicated };
}

/** An operator accepted loss from there on, on record in the chain: the silent stores were cut off by other means. */
async function acceptedEnd(
  ctx: LogContext,
  accepted: { chain: Chain; segment: Segment; survey: Survey; end: Position },
): Promise<Sealed> {
  const { chain, segment, survey, end } = accepted;
  const whole = await logletOf(segment, ctx.logServers).repair(chain.generation, survey.copies, end);
  return { sealed: 'yes', tail: end, committed: segment.start, whole, underReplicated: true };
}

function answerOf({ serverId, state }: Copy) {
  return tailAnswer(serverId, state);
}

/**
 * A successor from before this generation that the chain lacks is one that a recovery left out, with consent, behind the
 * fence. The chain is not older than such a record: it has overruled it, and the log must be able to go on.
 */
function closedBy({ generationStart }: Chain, copies: readonly Copy[]): LogletId | undefined {
  const successors = copies.flatMap(({ state }) => state.close?.successor ?? []);
  return successors.find(({ chainVersion }) => chainVersion >= generationStart)?.logletId;
}

export function unsealable(
  segment: Segment,
  complaints: string,
  wouldSettle: readonly (readonly ServerId[])[],
): DrError {
  const sets = wouldSettle.map((set) => set.join('+')).join(', or ');
  return new DrError('E_UNSEALABLE', {
    message: `Loglet ${segment.logletId} cannot be sealed (${complaints || 'its stores are gone'}): entries may have been acknowledged on the servers that are silent. No entry was changed. Any of these would settle it: ${sets}.`,
    context: { logletId: segment.logletId, wouldSettle },
  });
}

function lossProven(segment: Segment, gap: { from: Position; to: Position; said: ServerId }): DrError {
  return new DrError('E_CONTRADICTION', {
    message: `${gap.said} knows that loglet ${segment.logletId} was committed up to ${gap.to}, and the survivors hold it only up to ${gap.from}: [${gap.from}, ${gap.to}) was acknowledged and is missing. The loglet is sealed; nothing else was changed.`,
    hint: '`vlog-dr assess` shows who had these positions; bring those servers back.',
    context: { logletId: segment.logletId, from: String(gap.from), to: String(gap.to) },
  });
}
