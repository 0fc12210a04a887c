import type { Chain, Segment } from '../../core/chain.ts';
import type { CloseRecord } from '../../core/logletState.ts';
import { describeReplies } from '../askAll.ts';
import type { LogContext } from '../context.ts';
import type { Copy } from '../loglets/loglet.ts';
import { logletOf } from '../loglets/loglets.ts';

interface OpenEnd {
  readonly segment: Segment;
  readonly record: CloseRecord;
}

/**
 * Step 5, second half: the close record on every earlier segment without one. Oldest first, so that a record found
 * on a segment certifies that those before it were written too, and a crash in between is noticed by the next.
 */
export async function closeEnds(ctx: LogContext, chain: Chain, ends: readonly OpenEnd[]): Promise<void> {
  for (const { segment, record } of [...ends].reverse()) {
    const survey = await logletOf(segment, ctx.logServers).close(chain.generation, record);
    const refused = survey.replies.filter((reply) => reply.said === 'no');
    if (refused.length > 0)
      ctx.reporter.warn(
        `The end of loglet ${segment.logletId} of log ${ctx.logId} was not recorded everywhere: ${describeReplies(refused)}.`,
      );
  }
}

/** The last, its predecessor, and the one that nearly always has its record: one round of questions answers it. */
const ASKED_AT_ONCE = 3;

/** From the last predecessor back to the first that has its record on every store that answers; nearest first. */
export async function openEnds(ctx: LogContext, chain: Chain): Promise<OpenEnd[]> {
  const found: OpenEnd[] = [];
  const newestFirst = [...chain.segments].reverse();
  const looks = await Promise.all(newestFirst.slice(0, ASKED_AT_ONCE).map((one) => copiesOf(ctx, one)));
  let [successor = []] = looks;
  for (const [place, segment] of newestFirst.entries()) {
    if (place === 0) continue;
    const copies = looks[place] ?? (await copiesOf(ctx, segment));
    if (copies.length > 0 && copies.every((copy) => copy.state.close !== undefined)) break;
    const described = successor[0]?.state.descriptor;
    // Without a copy of either there is nobody to tell, or nothing to say; a repair does it when servers return.
    if (copies.length > 0 && described !== undefined)
      found.push({
        segment,
        record: {
          end: described.start,
          successor: {
            logletId: described.logletId,
            nodeset: described.nodeset,
            chainVersion: described.chainVersion,
          },
        },
      });
    successor = copies;
  }
  return found;
}

async function copiesOf(ctx: LogContext, segment: Segment): Promise<readonly Copy[]> {
  return (await logletOf(segment, ctx.logServers).states()).copies;
}
