import type { Playbook } from '../../codec/playbook.ts';
import type { Guidance } from '../../codec/results/guide.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { DrError } from '../../core/errors.ts';
import { fitting, reasonsFor } from '../../playbook/choose.ts';
import { driverOf, type Sight } from '../../playbook/sight.ts';
import { situationIn } from '../../playbook/situation.ts';
import type { Choice } from '../../ports/Prompter.ts';
import { guidanceText, minutesText, proposalText, situationText } from '../../ui/text/playbook/guide.ts';
import { playbookText } from '../../ui/text/playbook/show.ts';
import type { App, CommandModule } from '../app.ts';
import type { Options } from '../options.ts';
import { type CliHands, createHands } from '../playbook/hands.ts';
import { loadPlaybooks } from '../playbook/library.ts';
import { goOnWithPlaybook, startPlaybook } from '../playbook/start.ts';

interface Guide {
  readonly app: App;
  readonly options: Options;
  readonly hands: CliHands;
  readonly playbooks: readonly Playbook[];
}

/**
 * `guide`: looks, says in one sentence what is wrong and what still works, asks at most three questions, and leads
 * through the playbook that fits. Without a person it only says what it would propose.
 */
export const run: CommandModule['run'] = async (app, _, options): Promise<ExitCode> => {
  const playbooks = (await loadPlaybooks(app, options)).map((one) => one.playbook);
  const guide: Guide = { app, options, hands: createHands(app, options), playbooks };
  const stage = app.reporter.stage('looking at the cluster');
  const assessment = await guide.hands.look();
  stage.done(
    `${assessment.logServers.filter((one) => one.state === 'ok').length} of ${assessment.logServers.length} servers answer`,
  );
  const guidance = await guidanceFor(guide, assessment);
  if (!app.prompter.interactive || app.flags.json) {
    app.out.result(guidance, () => guidanceText(guidance));
    return exitOf(assessment);
  }
  guide.hands.say(situationText(guidance));
  if (assessment.verdict === 'unreachable') throw nothingAnswers(assessment);
  const [unfinished] = guidance.open;
  if (unfinished !== undefined && (await wantsToGoOn(guide, unfinished)))
    return goOnWithPlaybook(app, options, { ...guide, runId: unfinished.runId });
  if (assessment.verdict === 'ok') return offerPractice(guide, assessment, guidance);
  const chosen = await choose(guide, guidance);
  return chosen === undefined ? exitOf(assessment) : proposed(guide, guidance, chosen);
};

async function guidanceFor({ app, playbooks }: Guide, assessment: Sight): Promise<Guidance> {
  const proposals = fitting(playbooks, assessment)
    .filter(({ severity }) => severity !== 'planned')
    .map((playbook) => {
      const { id, title, severity, minutes } = playbook;
      const because = reasonsFor(playbook, assessment).map(({ code, message }) => `${code}: ${message}`);
      return { playbook: id, title, severity, minutes, because };
    });
  const { id, name } = assessment.cluster;
  const { verdict } = assessment;
  return {
    cluster: { id, name },
    verdict,
    situation: situationIn(assessment),
    proposals,
    practice: driverOf(assessment) === 'native' ? 'lost-metastore' : 'restate-lost-metadata',
    open: await openRuns(app),
  };
}

/** Newest first. What failed can be gone on with as well as what was interrupted. */
async function openRuns(app: App) {
  const runs = await app.playbookRuns(await app.anyConfig()).list();
  return runs
    .filter(({ state }) => state === 'interrupted' || state === 'killed' || state === 'failed')
    .map(({ runId, command, startedAt }) => ({ runId, command, startedAt }))
    .reverse();
}

async function wantsToGoOn(guide: Guide, { command, startedAt }: Guidance['open'][number]): Promise<boolean> {
  const answer = await ask(guide, {
    message: `\`${command}\` of ${new Date(startedAt).toISOString()} was not finished. Go on with it?`,
    choices: [
      {
        value: 'go-on',
        title: 'Yes, at the same step',
        consequence: 'What was done is not done again, and your answers stay.',
      },
      { value: 'new', title: 'No, look anew', consequence: 'It stays open; nothing of it is undone.' },
    ],
    explanation:
      'A playbook that was stopped or killed can go on where it was. If the situation has changed since, its next step is refused, and you can begin anew.',
  });
  return answer === 'go-on';
}

/** Which one, where several fit; the most urgent is offered first. */
async function choose(guide: Guide, { proposals }: Guidance): Promise<string | undefined> {
  const [first, ...others] = proposals;
  if (first === undefined) {
    guide.app.out.result(
      { proposals },
      () => 'No playbook fits. `vlog-dr assess` shows everything, and the command that comes next.',
    );
    return undefined;
  }
  if (others.length === 0) return first.playbook;
  return ask(guide, {
    message: `${proposals.length} playbooks fit. Which one first?`,
    choices: proposals.map(({ playbook, title, because, minutes }, place) => ({
      value: playbook,
      title: place === 0 ? `${title} (recommended)` : title,
      consequence: `${because[0] ?? ''} Takes ${minutesText(minutes)}.`,
    })),
    explanation:
      'The most urgent comes first: one that brings the map or the appends back, before those that make copies whole. Afterwards run the guide again for the next.',
  });
}

/** The reasons, and the question whether to begin. */
async function proposed(guide: Guide, { proposals }: Guidance, id: string): Promise<ExitCode> {
  const { app, options, hands, playbooks } = guide;
  const proposal = proposals.find((one) => one.playbook === id);
  const playbook = playbooks.find((one) => one.id === id);
  if (proposal === undefined || playbook === undefined) throw new Error(`playbook ${id} was not proposed`);
  hands.say(proposalText(proposal));
  for (;;) {
    const answer = await ask(guide, {
      message: 'Begin?',
      choices: [
        {
          value: 'run',
          title: 'Begin',
          consequence:
            'Leads through it. Nothing is changed before you have seen a plan and typed the name of the cluster.',
        },
        { value: 'read', title: 'Read all of it first', consequence: 'Prints every step, then asks again.' },
        {
          value: 'dry-run',
          title: 'Only plan',
          consequence: 'Walks through it with plans only. Nothing is changed.',
        },
      ],
      explanation: `${playbook.symptom.trim()}\n\n${playbook.now.trim()}`,
    });
    if (answer !== 'read')
      return startPlaybook(app, answer === 'dry-run' ? options.with({ dryRun: true }) : options, {
        hands,
        playbooks,
        playbook,
      });
    hands.say(playbookText(playbook));
  }
}

/** Nothing is wrong: the best time to practise. */
async function offerPractice(guide: Guide, assessment: Sight, { practice }: Guidance): Promise<ExitCode> {
  const { app, options, hands, playbooks } = guide;
  const planned = fitting(playbooks, assessment).filter(({ severity }) => severity === 'planned');
  const answer = await ask(guide, {
    message: 'What now?',
    choices: [
      { value: 'nothing', title: 'Nothing', consequence: 'Good.' },
      {
        value: 'drill',
        title: 'A drill on a throw-away cluster',
        consequence:
          'Starts a cluster of its own on this machine, loses its MetaStore under load, and recovers it. About a minute. This cluster is not touched.',
      },
      ...planned.map(({ id, title, minutes }) => ({
        value: id,
        title,
        consequence: `Takes ${minutesText(minutes)}.`,
      })),
    ],
    explanation:
      'Nothing needs to be done. A drill shows whether the tool, this machine and you can do a recovery, and how long it takes.',
  });
  if (answer === 'drill') return hands.pass(['drill', 'run', practice]);
  const playbook = planned.find(({ id }) => id === answer);
  return playbook === undefined ? EXIT.done : startPlaybook(app, options, { hands, playbooks, playbook });
}

async function ask(
  { hands }: Guide,
  question: { message: string; choices: readonly Choice[]; explanation: string },
): Promise<string> {
  const initial = question.choices[0]?.value ?? '';
  const reply = await hands.prompter.guided({
    ...question,
    kind: 'choose',
    initial,
    canGoBack: false,
    flag: '`vlog-dr playbook run ID`',
  });
  if (reply.kind === 'answer' && typeof reply.value === 'string') return reply.value;
  throw new DrError('E_INTERRUPTED', {
    message: 'The guide was stopped. Nothing was changed.',
    hint: '`vlog-dr guide` begins anew.',
  });
}

function nothingAnswers({ cluster }: Sight): DrError {
  return new DrError('E_UNREACHABLE', {
    message: `Nothing of ${cluster.name} answers, so nothing can be proposed. Nothing was changed.`,
    hint: 'Check the network and the addresses: `vlog-dr doctor`.',
  });
}

function exitOf({ verdict }: Sight): ExitCode {
  return { ok: EXIT.done, attention: EXIT.attention, unreachable: EXIT.unreachable }[verdict];
}
