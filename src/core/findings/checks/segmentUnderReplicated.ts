import type { Check } from '../finding.ts';
import type { LogSituation } from '../situation.ts';

/** One line for each log: a long chain on a lost server would otherwise fill the page. */
export const segmentUnderReplicated: Check = ({ logs }) =>
  logs.flatMap((log) => {
    const few = thin(log);
    if (few.length === 0) return [];
    const indices = few.map((segment) => String(segment.index));
    const shown = indices.length > 6 ? `${indices.slice(0, 6).join(', ')}, …` : indices.join(', ');
    return [
      {
        code: 'SEGMENT_UNDER_REPLICATED',
        logId: log.logId,
        message: `${few.length} sealed segment${few.length === 1 ? '' : 's'} of log ${log.logId} (${shown}) ${few.length === 1 ? 'has' : 'have'} fewer whole copies than members among the servers that answer.`,
      },
    ];
  });

/** Not the last one: it is replicated by its sequencer, or ended by a reconfiguration. */
function thin({ rebuilt }: LogSituation) {
  return rebuilt.segments.filter(
    (segment) =>
      segment.state === 'sealed' && segment.underReplicated && segment.logletId !== rebuilt.end?.tip.logletId,
  );
}
