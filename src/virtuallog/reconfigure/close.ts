import type { Chain, Segment } from '../../core/chain.ts';
import { lastSegment } from '../../core/chain.ts';
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
export async function closeEarlier(ctx: LogContext, chain: Chain): Promise<void> {
  for (const { segment, record } of (await openEnds(ctx, chain)).reverse()) {
    const survey = await logletOf(segment, ctx.logServers).close(chain.generation, record);
    const refused = survey.replies.filter((reply) => reply.said === 'no');
    if (refused.length > 0)
      ctx.reporter.warn(
        `The end of loglet ${segment.logletId} of log ${ctx.logId} was not recorded everywhere: ${describeReplies(refused)}.`,
      );
  }
}

/** From the last predecessor back to the first that has its record on every store that answers; nearest first. */
async function openEnds(ctx: LogContext, chain: Chain): Promise<OpenEnd[]> {
  const found: OpenEnd[] = [];
  let successor = await copiesOf(ctx, lastSegment(chain));
  for (const segment of chain.segments.slice(0, -1).reverse()) {
    const copies = await copiesOf(ctx, segment);
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
