import { CONSENT_FLAGS, type Condition, type Playbook, type RunStep, type Step } from '../codec/playbook.ts';
import type { ConfigProblem } from '../config/config.ts';
import { EXPLAINED } from '../core/findings/explained.ts';
import { FOREIGN_EXPLAINED } from '../core/findings/foreign.ts';
import { answersIn, codesIn } from './conditions.ts';

/** What the command line knows of a command. */
export interface Commands {
  /** What is wrong with it as a step of a playbook; `undefined` when nothing is. */
  problemOf(command: readonly string[]): string | undefined;
  /** Whether it makes a plan that has to be applied. */
  plans(command: readonly string[]): boolean;
  /** Whether it takes this flag. */
  takes(command: readonly string[], flag: string): boolean;
}

type Problems = ConfigProblem[];

const PHASES = ['activation', 'recovery', 'reconstitution'];

/** What a schema cannot say: every reference leads somewhere, and no step changes anything unasked. */
export function ruleProblems(playbook: Playbook, commands: Commands): ConfigProblem[] {
  const problems: Problems = [];
  const codes = codesOf(playbook);
  conditionProblems('appliesWhen', playbook.appliesWhen, { known: new Map(), codes }, problems);
  if (playbook.minutes.least > playbook.minutes.most)
    problems.push({
      path: 'minutes.least',
      expected: `at most ${playbook.minutes.most}`,
      received: String(playbook.minutes.least),
    });
  const known = new Map<string, Step>();
  playbook.steps.forEach((step, place) => {
    stepProblems(
      `steps[${place}]`,
      step,
      { known, commands, codes, before: playbook.steps[place - 1] },
      problems,
    );
    known.set(step.id, step);
  });
  return problems;
}

/** The findings of the engines that it is for. */
function codesOf({ drivers }: Playbook): ReadonlySet<string> {
  const catalogues = { native: EXPLAINED, restate: FOREIGN_EXPLAINED };
  return new Set(drivers.flatMap((driver) => Object.keys(catalogues[driver])));
}

/** What a condition may speak of. */
interface Scope {
  /** Steps before this one, by their id. */
  readonly known: ReadonlyMap<string, Step>;
  /** Codes of findings. */
  readonly codes: ReadonlySet<string>;
}

interface Surroundings extends Scope {
  readonly commands: Commands;
  readonly before: Step | undefined;
}

function stepProblems(path: string, step: Step, around: Surroundings, problems: Problems): void {
  const { known, before } = around;
  if (known.has(step.id))
    problems.push({ path: `${path}.id`, expected: 'an id that no other step has', received: `"${step.id}"` });
  if (before !== undefined && PHASES.indexOf(step.phase) < PHASES.indexOf(before.phase))
    problems.push({
      path: `${path}.phase`,
      expected: `${before.phase} or later`,
      received: `"${step.phase}"`,
    });
  conditionProblems(`${path}.when`, step.when, around, problems);
  switch (step.do) {
    case 'run':
      runProblems(path, step, around, problems);
      return;
    case 'manual':
      conditionProblems(`${path}.check`, step.check, around, problems);
      placeholderProblems(`${path}.instruction`, step.instruction, new Set(known.keys()), problems);
      return;
    case 'decide': {
      const ids = step.options.map((option) => option.id);
      if (!ids.includes(step.recommended))
        problems.push({
          path: `${path}.recommended`,
          expected: ids.join(' or '),
          received: `"${step.recommended}"`,
        });
      step.options.forEach((option, place) => {
        conditionProblems(
          `${path}.options[${place}].recommendedWhen`,
          option.recommendedWhen,
          around,
          problems,
        );
      });
      return;
    }
    case 'ask':
      codeProblems(`${path}.from.finding`, step.from?.finding ?? [], around, problems);
  }
}

function runProblems(path: string, step: RunStep, around: Surroundings, problems: Problems): void {
  const { known, commands } = around;
  const names = new Set([...known.keys(), ...(step.each === undefined ? [] : [step.each.of])]);
  placeholderProblems(`${path}.command`, step.command, names, problems);
  conditionProblems(`${path}.needs`, step.needs, around, problems);
  conditionProblems(`${path}.verify`, step.verify, around, problems);
  codeProblems(`${path}.each.finding`, step.each?.finding ?? [], around, problems);
  const from = step.each?.answer;
  if (from !== undefined && known.get(from)?.do !== 'ask')
    problems.push({ path: `${path}.each.answer`, expected: 'an earlier `ask` step', received: `"${from}"` });
  const words = step.command.split(/\s+/).map((word) => word.replace(/\$\{[^}]*\}/g, '1'));
  const problem = commands.problemOf(words);
  if (problem !== undefined) {
    problems.push({ path: `${path}.command`, expected: problem, received: JSON.stringify(step.command) });
    return;
  }
  const risky = CONSENT_FLAGS.filter((flag) => words.includes(`--${flag}`));
  if (risky.length > 0)
    problems.push({
      path: `${path}.command`,
      expected: 'no flag that takes a risk (`consents` offers them)',
      received: risky.map((flag) => `--${flag}`).join(' '),
    });
  for (const flag of Object.keys(step.consents ?? {})) {
    if (!commands.takes(words, `--${flag}`))
      problems.push({
        path: `${path}.consents.${flag}`,
        expected: `a flag of ${words[0]}`,
        received: `--${flag}`,
      });
  }
  if (commands.plans(words) && step.review === undefined && step.needs === undefined)
    problems.push({
      path: `${path}.needs`,
      expected: 'what must be so before this is applied',
      received: 'nothing',
    });
}

function placeholderProblems(
  path: string,
  text: string,
  names: ReadonlySet<string>,
  problems: Problems,
): void {
  for (const [whole, name = ''] of text.matchAll(/\$\{([^}]*)\}/g))
    if (!names.has(name))
      problems.push({
        path,
        expected: 'the id of an earlier question, or what `each` is of',
        received: whole,
      });
}

function conditionProblems(
  path: string,
  condition: Condition | undefined,
  scope: Scope,
  problems: Problems,
): void {
  const { known } = scope;
  codeProblems(path, codesIn(condition), scope, problems);
  placeholderProblems(path, JSON.stringify(condition ?? {}), new Set(known.keys()), problems);
  for (const [id, value] of answersIn(condition)) {
    const step = known.get(id);
    if (step?.do !== 'decide' && step?.do !== 'ask')
      problems.push({ path, expected: 'an earlier question', received: `"${id}"` });
    else if (step.do === 'decide' && !step.options.some((option) => option.id === value))
      problems.push({
        path,
        expected: step.options.map((option) => option.id).join(' or '),
        received: `"${value}"`,
      });
  }
}

function codeProblems(path: string, named: readonly string[], { codes }: Scope, problems: Problems): void {
  for (const code of named)
    if (!codes.has(code)) problems.push({ path, expected: 'the code of a finding', received: `"${code}"` });
}
