import { z } from 'zod';
import type { Frozen } from './common.ts';
import { playbookSchema } from './playbook.ts';

const answerValue = z.union([z.string(), z.array(z.string())]);
export type AnswerValue = string | readonly string[];

/** One thing that happened in a run of a playbook: the result of one step of its journal. */
export const playbookEventSchema = z.discriminatedUnion('type', [
  /** `question` is empty for the step's own one; else `apply`, `approval` or the flag of a consent. */
  z.strictObject({
    type: z.literal('answer'),
    step: z.string(),
    /** What the step is done for, where it is done for several things: a consent for one server is none for another. */
    item: z.string().exactOptional(),
    question: z.string(),
    value: answerValue,
    /** Who answered: a person at the prompt, a file, a flag, or the playbook because there was one choice only. */
    by: z.enum(['person', 'answers', 'flag', 'only choice']),
  }),
  /** The answers of this step and of those after it no longer count. */
  z.strictObject({ type: z.literal('back'), to: z.string() }),
  z.strictObject({ type: z.literal('items'), step: z.string(), items: z.array(z.string()) }),
  z.strictObject({
    type: z.literal('planned'),
    step: z.string(),
    item: z.string(),
    /** As typed after `vlog-dr`. */
    command: z.array(z.string()),
    planId: z.string(),
    file: z.string(),
  }),
  z.strictObject({
    type: z.literal('ran'),
    step: z.string(),
    item: z.string(),
    command: z.array(z.string()),
    exit: z.number(),
    /** The run that applied it; absent for a command that plans nothing. */
    runId: z.string().exactOptional(),
    /** What the command printed, for the report. */
    text: z.string(),
  }),
  z.strictObject({
    type: z.literal('finished'),
    step: z.string(),
    outcome: z.enum(['done', 'left out', 'already so']),
    because: z.string().exactOptional(),
  }),
  /** A decision ended the playbook. */
  z.strictObject({ type: z.literal('stopped'), step: z.string(), because: z.string() }),
]);
export type PlaybookEvent = Frozen<z.infer<typeof playbookEventSchema>>;

/** What a run of a playbook is kept with: the playbook as it was when it was begun, so that a resume follows that one. */
export const playbookRunSchema = z.strictObject({
  schemaVersion: z.literal(1),
  playbook: playbookSchema,
  options: z.strictObject({ twoPerson: z.boolean() }),
});
export type PlaybookRun = Frozen<z.infer<typeof playbookRunSchema>>;

/** `--answers FILE`: what a person would have typed, by step; `rebuild.accept-loss` for a consent of a step. */
export const answersFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  playbook: z.string(),
  answers: z.record(
    z.string(),
    z.union([z.string(), z.number().transform(String), z.array(z.coerce.string())]),
  ),
});
export type AnswersFile = Frozen<z.infer<typeof answersFileSchema>>;
