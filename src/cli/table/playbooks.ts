import type { CommandSpec } from './spec.ts';

const OWN_PLAYBOOKS = [
  '--playbooks <DIR>',
  'playbooks of your own, besides those of the program',
  'repeat',
] as const;

/** Guided recoveries. */
export const PLAYBOOKS: readonly CommandSpec[] = [
  {
    path: 'guide',
    summary: 'says what is wrong and what still works, and leads through the recovery that fits',
    options: [
      OWN_PLAYBOOKS,
      ['--two-person', 'a second person approves every plan, on another machine (`playbook approve`)'],
    ],
    load: () => import('../commands/guide.ts'),
  },
  {
    path: 'playbook list',
    summary: 'the guided recoveries that there are',
    options: [OWN_PLAYBOOKS],
    load: () => import('../commands/playbookList.ts'),
  },
  {
    path: 'playbook show',
    args: '<ID>',
    summary: 'all of a playbook, to be read before it is needed',
    options: [OWN_PLAYBOOKS],
    load: () => import('../commands/playbookShow.ts'),
  },
  {
    path: 'playbook run',
    args: '<ID>',
    summary: 'lead through a recovery, step by step; refused where it is not for what is seen',
    options: [
      OWN_PLAYBOOKS,
      ['--answers <FILE>', 'what a person would answer (see docs/playbooks.md)'],
      ['--dry-run', 'only plan: nothing is applied'],
      ['--two-person', 'a second person approves every plan, on another machine (`playbook approve`)'],
    ],
    load: () => import('../commands/playbookRun.ts'),
  },
  {
    path: 'playbook resume',
    args: '<ID>',
    summary: 'go on with a run of a playbook, at the same step',
    options: [OWN_PLAYBOOKS, ['--answers <FILE>', 'what a person would answer (see docs/playbooks.md)']],
    load: () => import('../commands/playbookResume.ts'),
  },
  {
    path: 'playbook report',
    args: '<ID>',
    summary: 'who was asked what, what was done, on what evidence, what is left',
    options: [['--format <FORMAT>', 'md (default) or html: one page, without anything from elsewhere']],
    load: () => import('../commands/playbookReport.ts'),
  },
  {
    path: 'playbook answers',
    args: '<ID>',
    summary: 'what was answered in a run, as a file for --answers',
    load: () => import('../commands/playbookAnswers.ts'),
  },
  {
    path: 'playbook approve',
    args: '<FILE>',
    summary: 'review a plan as the second person: prints the code that approves it, changes nothing',
    load: () => import('../commands/playbookApprove.ts'),
  },
  {
    path: 'playbook lint',
    args: '<FILE...>',
    summary: 'check playbooks of your own: files or directories, everything that is wrong at once',
    load: () => import('../commands/playbookLint.ts'),
  },
];
