import type { EndLogPlan, EndLogResult } from '../../../codec/plans/endLog.ts';
import { formatReplication } from '../../../codec/restate/text.ts';
import { eitherOf, endingText, intervals, names, titleOf } from './words.ts';

/** The end of a log of another engine, as the person reads it who has to say yes. */
export function endLogText(plan: EndLogPlan): string {
  const { last, forced, extension, store } = plan;
  const majority = {
    yes: 'an f-majority',
    'with risk': 'an f-majority only with nodes that lost data',
    no: 'NO f-majority',
  };
  return [
    titleOf(plan, `${plan.command} log ${plan.logId}`),
    `Its last loglet is ${last.logletId}, segment ${last.index}, from ${last.start} on, on ${names(last.nodeset)} ${last.replication}${last.sealedInChain ? '; the chain marks it as sealed' : ''}.`,
    `Answering: ${names(last.responders)}: ${majority[last.majority]}.${last.silent.length > 0 ? ` Silent: ${names(last.silent)}.` : ''}`,
    ...(last.wouldSettle.length > 0
      ? [`The return of any of these would settle it: ${eitherOf(last.wouldSettle)}`]
      : []),
    ...(forced === undefined
      ? []
      : [
          `Given up: ${names(forced.lost.map(({ name }) => name))}. The log then ends at ${forced.tail}.`,
          `POSSIBLY LOST: ${intervals(forced.possiblyLost)}`,
          ...forced.otherLogs.map(
            ({ logId, possiblyLost }) => `POSSIBLY LOST of log ${logId}: ${intervals(possiblyLost)}`,
          ),
        ]),
    ...(extension === undefined
      ? []
      : [`It goes on, on ${names(extension.nodeset)} with ${formatReplication(extension.replication)}.`]),
    `Metadata store: ${store.state === 'serves' ? 'serves' : 'DOES NOT SERVE'}`,
    ...endingText(plan),
  ].join('\n');
}

export function endedText(plan: EndLogPlan, { tail, writable, detail }: EndLogResult): string {
  const lost = plan.forced === undefined ? [] : [`POSSIBLY LOST: ${intervals(plan.forced.possiblyLost)}`];
  if (plan.command === 'seal')
    return [
      `Log ${plan.logId} ends at ${tail ?? 'where the chain says'}, and takes no records.`,
      ...lost,
      `Next: \`vlog-dr reconfigure ${plan.logId} --apply\`: the log takes records again.`,
    ].join('\n');
  return [
    writable
      ? `Log ${plan.logId} takes records again; its tail is ${tail}.`
      : `Log ${plan.logId} TAKES NO RECORDS yet (${detail ?? 'no answer'}).`,
    ...lost,
  ].join('\n');
}
