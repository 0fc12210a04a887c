import type { FencePlan } from '../../../codec/plans/fence.ts';
import { describeGeneration } from '../../../core/generation.ts';
import { endingText, names, titleOf } from './words.ts';

/** A fence as the person reads it who has to say yes. */
export function fenceText(plan: FencePlan): string {
  return [
    titleOf(plan, `fence servers that stand below generation ${describeGeneration(plan.generation)}`),
    ...plan.servers.map(serverText),
    ...plan.quarantine.map(
      (loglet) =>
        `  Outside the chain: loglet ${loglet.logletId} of log ${loglet.logId}, segment ${loglet.index}, on ${names(loglet.servers)}: ${loglet.because}${loglet.open.length === 0 ? '; sealed' : ''}`,
    ),
    ...plan.servers
      .filter((server) => server.state === 'not admitted' && server.detail === undefined)
      .map(
        (server) => `A new store waits on ${server.id}: \`vlog-dr admit ${server.id} --apply\` lets it join.`,
      ),
    ...endingText(plan),
  ].join('\n');
}

function serverText(server: FencePlan['servers'][number]): string {
  const held = server.generation === undefined ? '' : `, generation ${describeGeneration(server.generation)}`;
  const detail = server.detail === undefined ? '' : `: ${server.detail}`;
  return `  ${server.id}  ${server.state.toUpperCase()}${held}${detail}`;
}

export function fencedText(
  plan: FencePlan,
  result: { readonly fenced: readonly string[]; readonly sealedOn: readonly string[] },
): string {
  const silent = plan.servers.filter((server) => server.state === 'silent').map((server) => server.id);
  return [
    `Under generation ${describeGeneration(plan.generation)} now: ${names(result.fenced)}.`,
    ...(result.sealedOn.length > 0
      ? [`Set aside loglets on ${names(result.sealedOn)}: kept, never served.`]
      : []),
    ...(silent.length > 0
      ? [
          `NOT FENCED: ${names(silent)} did not answer. Next: \`vlog-dr fence --apply\` when they return, or --watch.`,
        ]
      : []),
  ].join('\n');
}
