import { join } from 'node:path';
import type { App } from '../cli/app.ts';
import { Options } from '../cli/options.ts';
import { createHands } from '../cli/playbook/hands.ts';
import { findPlaybook, loadPlaybooks } from '../cli/playbook/library.ts';
import { beginPlaybook } from '../cli/playbook/session.ts';
import type { JournalRecord } from '../codec/journal.ts';
import { decodePlanFile } from '../codec/plans/planFile.ts';
import type { Playbook } from '../codec/playbook.ts';
import type { AnswersFile } from '../codec/playbookEvents.ts';
import { unmet } from '../playbook/conditions.ts';
import type { Hands } from '../playbook/hands.ts';
import type { Sight } from '../playbook/sight.ts';
import { silentReporter } from '../ports/Reporter.ts';
import { paths } from '../sandbox/layout.ts';
import { createPrompter } from '../ui/prompter.ts';
import type { AppliedRun } from '../ui/report/playbook.ts';
import type { AnyScenario, DrillStage, ScenarioOn } from './scenario.ts';

/** An operator who is not there: the same commands, the same engine, and answers given beforehand. */
export interface Operator {
  readonly app: App;
  readonly hands: Hands;
  readonly playbook: Playbook;
  readonly playbooks: readonly Playbook[];
}

export async function findOperator(stage: DrillStage, { playbook: id }: AnyScenario): Promise<Operator> {
  const values = { config: paths.config(stage.request.dir), input: false };
  const { app } = await stage.app.within(values, {
    flags: { json: false, yes: true, verbose: false },
    reporter: silentReporter,
    prompter: createPrompter({ interactive: false, asker: nobody }),
  });
  const options = new Options(values);
  const known = await loadPlaybooks(app, options);
  const { playbook } = findPlaybook(known, id);
  const hands = createHands(app, options);
  return { app, hands, playbook, playbooks: known.map((one) => one.playbook) };
}

function nobody(): Promise<never> {
  return Promise.reject(new Error('nobody is asked in a drill'));
}

/** One command of the tool, planned and applied as an operator would; part of what went before a disaster. */
export async function operate({ hands }: Operator, ...command: string[]): Promise<void> {
  const { file } = await hands.plan(command);
  await hands.apply(file, async () => true);
}

const LOOK_AGAIN_MS = 200;
const DETECT_MS = 120_000;

/** Looks until the disaster shows, and the playbook says that it is for it. */
export async function detect({ app }: DrillStage, { hands, playbook }: Operator): Promise<Sight> {
  const deadline = app.clock.now() + DETECT_MS;
  for (;;) {
    const assessment = await hands.look();
    const facts = { assessment, answers: new Map<string, string>(), files: new Set<string>() };
    const unfit = unmet(playbook.appliesWhen, facts);
    if (unfit.length === 0) return assessment;
    if (app.clock.now() > deadline)
      throw new Error(`\`assess\` does not show what playbook ${playbook.id} is for: ${unfit.join(' ')}`);
    await app.clock.sleep(LOOK_AGAIN_MS, app.signal);
  }
}

export interface Recovered {
  readonly runId: string;
  readonly ended: 'done' | 'stopped by decision';
  readonly because: string | null;
  readonly records: readonly JournalRecord[];
  /** The runs in which something was applied, oldest first. */
  readonly applied: readonly AppliedRun[];
  /** What the playbook said, as a person would have seen it. */
  readonly transcript: string;
}

/** Runs the playbook unattended. What it waits for is done by whoever made the disaster. */
export async function recover<S extends DrillStage>(
  scene: S,
  scenario: ScenarioOn<S>,
  operator: Operator,
): Promise<Recovered> {
  const { app, playbook, playbooks } = operator;
  const said: string[] = [];
  const hands: Hands = {
    ...operator.hands,
    say: (text) => {
      said.push(text);
    },
    // Files that a playbook asks for lie with the cluster, not where the drill was started.
    fileExists: (path) => app.exists(join(scene.request.dir, path)),
    pause: async () => {
      await scenario.byHand?.(scene);
      await scene.app.clock.sleep(LOOK_AGAIN_MS, scene.app.signal);
    },
  };
  const answers = await answersFor(scene, scenario);
  const { runId, outcome, because } = await beginPlaybook(app, {
    playbook,
    options: { answers, yes: true, twoPerson: false, dryRun: false },
    context: { hands, playbooks },
  });
  if (runId === undefined) throw new Error('a run of a playbook without a journal');
  const config = await app.anyConfig();
  const { head, records } = await app.playbookRuns(config).show(runId);
  return {
    runId,
    ended: outcome,
    because: because ?? null,
    records,
    applied: await appliedSince(app, head.at),
    transcript: said.join('\n'),
  };
}

async function answersFor<S>(scene: S, { answers, playbook }: ScenarioOn<S>): Promise<AnswersFile> {
  const given = typeof answers === 'function' ? await answers(scene) : answers;
  const copied = Object.entries(given).map(
    ([step, answer]) => [step, typeof answer === 'string' ? answer : [...answer]] as const,
  );
  return { schemaVersion: 1, playbook, answers: Object.fromEntries(copied) };
}

/** What was applied before the playbook began was part of the preparations. */
async function appliedSince(app: App, since: number): Promise<AppliedRun[]> {
  const store = app.runs(await app.anyConfig());
  const applied: AppliedRun[] = [];
  for (const { runId, startedAt } of await store.list()) {
    if (startedAt < since) continue;
    const { planJson, records } = await store.show(runId);
    applied.push({ runId, records, plan: decodePlanFile(`The plan of run ${runId}`, planJson).plan });
  }
  return applied;
}
