import type { Playbook } from '../../../codec/playbook.ts';
import type { PlaybookRunResult } from '../../../codec/results/playbook.ts';
import { paragraph } from './steps.ts';

const MARK = {
  done: 'done',
  planned: 'planned',
  'left out': 'left out',
  'already so': 'was so',
  'not reached': '-',
} as const;

/** How a run of a playbook ended, step by step, and what is still to be done. */
export function concludedText(playbook: Playbook, result: PlaybookRunResult): string {
  const { steps, because, findings, runId } = result;
  const wrong = findings.filter((finding) => finding.severity !== 'info');
  const told = steps.map(({ outcome, title }) => `${MARK[outcome].padEnd(9)} ${title}`);
  if (runId === null)
    return [
      ...told,
      '',
      `Dry run: nothing was changed. \`vlog-dr playbook run ${playbook.id}\` does it.`,
    ].join('\n');
  return [
    ...told,
    '',
    ...(because === undefined ? [] : paragraph(`Stopped by decision: ${because}`, '')),
    ...(wrong.length === 0
      ? ['Nothing is wrong with the cluster any more.']
      : [
          'Still to be looked at:',
          ...wrong.flatMap((one) => paragraph(`${one.code}: ${one.message}`, '  ')),
        ]),
    ...(because === undefined ? (playbook.afterwards ?? []).flatMap((one) => paragraph(one, '- ')) : []),
    '',
    `The record of it: \`vlog-dr playbook report ${runId}\``,
  ].join('\n');
}
