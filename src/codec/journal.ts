import { z } from 'zod';

const at = z.number().int().min(0);
const text = z.string().max(4096);

/** The first line of a journal: which run this is. */
export const runHeadSchema = z.strictObject({
  type: z.literal('run'),
  schemaVersion: z.literal(1),
  runId: z.string().max(64),
  /** As the user would type it: `rebuild-metastore`, `reconfigure`. */
  command: text,
  cluster: z.strictObject({ id: z.string().max(128), name: z.string().max(256) }),
  /** Who ran it, as that machine knows them: `user@host`. */
  by: text.exactOptional(),
  /** How the ordinary question was answered: by typing the cluster's name, or with `--yes`. */
  consent: z.enum(['typed', 'yes']).exactOptional(),
  at,
});
export type RunHead = z.infer<typeof runHeadSchema>;

/** One line of `journal.jsonl`. A step is begun before anything is done and done after it is durable. */
export const journalRecordSchema = z.discriminatedUnion('type', [
  runHeadSchema,
  z.strictObject({ type: z.literal('resumed'), at }),
  z.strictObject({ type: z.literal('begin'), step: text, at }),
  z.strictObject({ type: z.literal('done'), step: text, at, result: z.unknown().optional() }),
  z.strictObject({
    type: z.literal('failed'),
    step: text,
    at,
    code: z.string().max(64).exactOptional(),
    message: z.string(),
  }),
  z.strictObject({ type: z.literal('end'), at, outcome: z.enum(['done', 'failed', 'interrupted']) }),
]);
export type JournalRecord = z.infer<typeof journalRecordSchema>;

/** What became of one step, for `--json` and `runs show`. */
export const stepReportSchema = z.object({
  step: z.string(),
  outcome: z.enum(['done', 'failed', 'unfinished']),
  startedAt: at,
  finishedAt: at.exactOptional(),
  /** It was finished by an earlier run of this journal and was not done again. */
  skipped: z.boolean().exactOptional(),
  message: z.string().exactOptional(),
});
export type StepReport = z.infer<typeof stepReportSchema>;
