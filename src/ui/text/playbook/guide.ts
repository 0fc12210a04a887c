import type { Guidance } from '../../../codec/results/guide.ts';
import { paragraph } from './steps.ts';

type Proposal = Guidance['proposals'][number];

/** The first thing that a person reads: what is wrong, what works on, and what not to do. */
export function situationText({ situation, cluster }: Pick<Guidance, 'situation' | 'cluster'>): string {
  const { wrong, works, doNot } = situation;
  const sentence = [wrong, works, ...(doNot === undefined ? [] : [doNot])].join(' ');
  return ['', ...paragraph(sentence, `${cluster.name}: `), ''].join('\n');
}

/** What is proposed, why, and how long it takes. */
export function proposalText({ playbook, title, minutes, because }: Proposal): string {
  return [
    `Proposed: ${title} (playbook ${playbook}, ${minutesText(minutes)})`,
    ...because.slice(0, 4).flatMap((reason) => paragraph(reason, '  - ')),
    ...(because.length > 4 ? [`  - and ${because.length - 4} more: \`vlog-dr assess\``] : []),
    '',
  ].join('\n');
}

export function minutesText({ least, most }: Proposal['minutes']): string {
  return least === most ? `${least} minutes` : `${least} to ${most} minutes`;
}

/** All of it at once, where nobody can be asked. */
export function guidanceText(guidance: Guidance): string {
  const { proposals, open, verdict, practice } = guidance;
  const [first, ...others] = proposals;
  return [
    situationText(guidance).trim(),
    '',
    ...(first === undefined
      ? verdict === 'ok'
        ? [
            `Nothing needs to be done. Next: practise, on a throw-away cluster: \`vlog-dr drill run ${practice}\``,
          ]
        : ['No playbook fits. `vlog-dr assess` shows everything.']
      : [proposalText(first).trimEnd()]),
    ...(first === undefined ? [] : [`Next: \`vlog-dr playbook run ${first.playbook}\``]),
    ...others.map(({ playbook, title }) => `Also fits: ${playbook} (${title})`),
    ...open.map(({ runId, command }) => `Not finished: ${command}; \`vlog-dr playbook resume ${runId}\``),
  ].join('\n');
}
