import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { playbookCommands } from '../../../src/cli/playbook/commands.ts';
import { parsePlaybook } from '../../../src/playbook/parse.ts';
import { shippedText } from '../../support/playbooks.ts';

type Draft = Record<string, unknown> & { steps: Record<string, unknown>[] };

/** What is wrong with a sound playbook after one change. */
function problemsAfter(change: (playbook: Draft) => void) {
  const playbook = parse(shippedText('server-returned.yaml')) as Draft;
  change(playbook);
  return parsePlaybook(stringify(playbook), playbookCommands).problems.map(({ path, expected, received }) => [
    path,
    expected,
    received,
  ]);
}

const step = (playbook: Draft, place: number) => playbook.steps[place] ?? {};

it.each<[string, (playbook: Draft) => void, string, RegExp, RegExp]>([
  ['a misspelt key', (p) => (step(p, 0).need = {}), 'steps[0].need', /no such key/, /misspelt/],
  [
    'a finding that there is not',
    (p) => (p.appliesWhen = { finding: 'NO_SUCH' }),
    'appliesWhen',
    /finding/,
    /NO_SUCH/,
  ],
  [
    'a finding of another engine',
    (p) => (p.appliesWhen = { finding: 'NODES_SILENT' }),
    'appliesWhen',
    /finding/,
    /NODES_SILENT/,
  ],
  ['an empty condition', (p) => (p.appliesWhen = {}), 'appliesWhen', /at least one/, /mapping/],
  [
    'no command of the tool',
    (p) => (step(p, 0).command = 'rm -rf'),
    'steps[0].command',
    /command of vlog-dr/,
    /rm/,
  ],
  [
    'a flag that the command has not',
    (p) => (step(p, 0).command = 'fence --hard'),
    'steps[0].command',
    /--hard/,
    /fence/,
  ],
  [
    'a command of another kind',
    (p) => (step(p, 0).command = 'sandbox down'),
    'steps[0].command',
    /may run/,
    /sandbox/,
  ],
  [
    'an apply of its own',
    (p) => (step(p, 0).command = 'fence --apply'),
    'steps[0].command',
    /without --apply/,
    /--apply/,
  ],
  [
    'a yes of its own',
    (p) => (step(p, 0).command = 'fence --yes'),
    'steps[0].command',
    /without --yes/,
    /--yes/,
  ],
  [
    'a consent of its own',
    (p) => (step(p, 2).command = `retire \${server} --destroyed`),
    'steps[2].command',
    /takes a risk/,
    /--destroyed/,
  ],
  [
    'a consent that the command has not',
    (p) => (step(p, 0).consents = { 'accept-loss': 'It is lost.' }),
    'steps[0].consents.accept-loss',
    /a flag of fence/,
    /accept-loss/,
  ],
  [
    'an apply without a precondition',
    (p) => delete step(p, 0).needs,
    'steps[0].needs',
    /must be so/,
    /nothing/,
  ],
  ['one id twice', (p) => (step(p, 1).id = 'fence'), 'steps[1].id', /no other step/, /fence/],
  [
    'an answer before its question',
    (p) => (step(p, 0).when = { answer: { disk: 'gone' } }),
    'steps[0].when',
    /earlier question/,
    /disk/,
  ],
  [
    'an answer that is none',
    (p) => (step(p, 2).when = { answer: { disk: 'maybe' } }),
    'steps[2].when',
    /gone/,
    /maybe/,
  ],
  [
    'a placeholder of nothing',
    (p) => (step(p, 0).command = `admit \${nobody}`),
    'steps[0].command',
    /earlier question/,
    /nobody/,
  ],
  [
    'a recommendation of nothing',
    (p) => (step(p, 1).recommended = 'none'),
    'steps[1].recommended',
    /gone/,
    /none/,
  ],
  [
    'phases in disorder',
    (p) => (step(p, 3).phase = 'activation'),
    'steps[3].phase',
    /recovery or later/,
    /activation/,
  ],
  ['no kind of step', (p) => (step(p, 0).do = 'jump'), 'steps[0].do', /./, /jump/],
  ['minutes in disorder', (p) => (p.minutes = { least: 9, most: 2 }), 'minutes.least', /at most 2/, /9/],
])(
  '%s is told with its place, what was expected and what was there',
  (_, change, path, expected, received) => {
    const found = problemsAfter(change);
    expect(found).toContainEqual([path, expect.stringMatching(expected), expect.stringMatching(received)]);
  },
);

it('everything that is wrong is told at once', () => {
  const found = problemsAfter((playbook) => {
    playbook.minutes = { least: 9, most: 2 };
    step(playbook, 0).command = 'fence --hard';
    step(playbook, 1).recommended = 'none';
  });
  expect(found.map(([path]) => path)).toEqual(['minutes.least', 'steps[0].command', 'steps[1].recommended']);
});

it('text that is no YAML is told as such', () => {
  expect(parsePlaybook('a: [', playbookCommands).problems[0]?.expected).toBe('YAML');
});
