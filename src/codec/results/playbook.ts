import { z } from 'zod';
import { playbookSchema } from '../playbook.ts';
import { playbookEventSchema } from '../playbookEvents.ts';
import { findingSchema } from './assess.ts';

const entry = z.object({
  id: z.string(),
  title: z.string(),
  severity: z.enum(['critical', 'warning', 'planned']),
  symptom: z.string(),
  drivers: z.array(z.string()),
  minutes: z.object({ least: z.number(), most: z.number() }),
  file: z.string(),
  /** Comes with the program. */
  shipped: z.boolean(),
});

export const playbookListSchema = z.object({ playbooks: z.array(entry) });

export const playbookShowSchema = z.object({
  playbook: playbookSchema,
  file: z.string(),
  shipped: z.boolean(),
});

export const playbookRunResultSchema = z.object({
  playbook: z.string(),
  /** `null` for a dry run: nothing is written down of it. */
  runId: z.string().nullable(),
  outcome: z.enum(['done', 'stopped by decision']),
  because: z.string().exactOptional(),
  steps: z.array(
    z.object({
      step: z.string(),
      title: z.string(),
      /** `planned`: told in a dry run, and not done. */
      outcome: z.enum(['done', 'planned', 'left out', 'already so', 'not reached']),
      because: z.string().exactOptional(),
      /** Commands that it ran, as typed after `vlog-dr`, and the runs that they were applied in. */
      commands: z.array(
        z.object({ command: z.array(z.string()), exit: z.number(), runId: z.string().exactOptional() }),
      ),
    }),
  ),
  answers: z.array(
    z.object({
      key: z.string(),
      value: z.union([z.string(), z.array(z.string())]),
      by: z.enum(['person', 'answers', 'flag', 'only choice']),
    }),
  ),
  /** What a look at the end still finds. */
  findings: z.array(findingSchema),
});
export type PlaybookRunResult = z.infer<typeof playbookRunResultSchema>;

export const playbookAnswersSchema = z.object({
  playbook: z.string(),
  answers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
});

export const playbookLintSchema = z.object({
  ok: z.boolean(),
  files: z.array(
    z.object({
      file: z.string(),
      id: z.string().nullable(),
      problems: z.array(z.object({ path: z.string(), expected: z.string(), received: z.string() })),
    }),
  ),
});

export type LintedFile = z.infer<typeof playbookLintSchema>['files'][number];

export const playbookApproveSchema = z.object({ planId: z.string(), kind: z.string(), code: z.string() });

/** What is in the journal of a run, event by event. */
export const playbookReportSchema = z.object({
  runId: z.string(),
  playbook: z.string(),
  state: z.enum(['running', 'done', 'failed', 'interrupted', 'killed', 'unreadable']),
  events: z.array(z.object({ at: z.number(), event: playbookEventSchema })),
});
