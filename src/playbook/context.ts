import type { Condition, Playbook } from '../codec/playbook.ts';
import type { AnswersFile, PlaybookEvent } from '../codec/playbookEvents.ts';
import { type Facts, filesIn, filled } from './conditions.ts';
import type { Hands } from './hands.ts';
import type { Progress } from './progress.ts';
import type { Sight } from './sight.ts';

/** How a run was asked for. */
export interface PlaybookOptions {
  /** What a person would have typed; without it, or where it does not say, a person is asked. */
  readonly answers?: AnswersFile;
  /** Answers the ordinary question before an apply; never a consent. */
  readonly yes: boolean;
  /** A second person must approve every plan. */
  readonly twoPerson: boolean;
  /** Only plans: nothing is applied, written or journaled. */
  readonly dryRun: boolean;
}

/** What every step is given. */
export interface Context {
  readonly hands: Hands;
  readonly playbook: Playbook;
  /** All that are known: a refusal names the right one. */
  readonly playbooks: readonly Playbook[];
  readonly options: PlaybookOptions;
  readonly progress: Progress;
  /** Does something and writes it down: before it is begun, and what came of it. */
  record<E extends PlaybookEvent>(label: string, make: () => Promise<E>): Promise<E>;
}

/** A person turned round at a question: not an error, and nothing was done. */
export class Turn extends Error {
  readonly to: 'back' | 'stop';

  constructor(to: 'back' | 'stop') {
    super(`the person wants to ${to === 'back' ? 'go back' : 'stop'}`);
    this.name = 'Turn';
    this.to = to;
  }
}

/** A look now, with the answers so far. */
export async function factsNow(
  context: Pick<Context, 'hands' | 'progress'>,
  conditions: readonly (Condition | undefined)[],
): Promise<Facts> {
  const assessment = await context.hands.look();
  return factsOf(context, assessment, conditions);
}

export async function factsOf(
  { hands, progress }: Pick<Context, 'hands' | 'progress'>,
  assessment: Sight,
  conditions: readonly (Condition | undefined)[],
): Promise<Facts> {
  const { answers } = progress;
  const files = new Set<string>();
  for (const condition of conditions)
    for (const file of filesIn(condition).map((name) => filled(name, answers)))
      if (await hands.fileExists(file)) files.add(file);
  return { assessment, answers, files };
}
