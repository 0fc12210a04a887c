import { z } from 'zod';
import type { Frozen } from './common.ts';

/**
 * A playbook as people write it: one YAML file for one kind of disaster. Version 1; documented in docs/playbooks.md.
 * Unknown keys are refused: a misspelt `needs` must not silently be a step without a precondition.
 */
const slug = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'small letters, digits and dashes, a letter first');
const line = z.string().trim().min(1).max(200);
/** Line breaks of the file are none of the text; an empty line begins a paragraph. */
const prose = z
  .string()
  .trim()
  .min(1)
  .max(2_000)
  .transform((text) =>
    text
      .split(/\n\s*\n/)
      .map((part) => part.replace(/\s+/g, ' '))
      .join('\n\n'),
  );
/** Lines as they are written: commands among words. */
const lines = z.string().trim().min(1).max(2_000);
/** `x` is short for `[x]`. */
const oneOrMore = <T extends z.ZodType>(one: T) =>
  z.preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(one).min(1));
/** `waiting`: a Restate node that answers and has not joined. */
const serverState = z.enum(['ok', 'unreachable', 'stale', 'foreign', 'unadmitted', 'retired', 'waiting']);
const findingCode = z.string().regex(/^[A-Z][A-Z_]+$/, 'the code of a finding, such as METASTORE_LOST');

/** What must be so. Several keys in one condition: all of them. */
export interface Condition {
  /** `assess` reports one of these. Within `each`, about that log or server. */
  readonly finding?: readonly string[] | undefined;
  /** The repository holds a snapshot of a log of this cluster, or of none. */
  readonly backup?: 'some' | 'none' | undefined;
  readonly metaStore?: readonly ('ok' | 'degraded' | 'lost')[] | undefined;
  readonly metaStoreKind?: readonly ('file' | 'etcd' | 'restate')[] | undefined;
  /** The weakest verdict over all logs of what a rebuild would find now. */
  readonly rebuild?: readonly ('proven' | 'unproven' | 'contradiction')[] | undefined;
  /** All logs take appends, or not all do. */
  readonly writable?: boolean | undefined;
  /** All servers of some zone are silent, and others are not. */
  readonly zoneLost?: boolean | undefined;
  /** Of some log that cannot be sealed no member of the last loglet answers, or of each one does. */
  readonly lastLogletSilent?: boolean | undefined;
  /** Of some log with positions on no server that answers, the repository holds entries; or of none. */
  readonly entriesBackedUp?: boolean | undefined;
  /** Some node of a Restate cluster still has the registers in its memory, or none has. */
  readonly remembered?: boolean | undefined;
  /** Something needs attention, or nothing does. */
  readonly healthy?: boolean | undefined;
  /** Every server that is named is in one of these states. */
  readonly servers?: { readonly ids: readonly string[]; readonly state: readonly string[] } | undefined;
  /** No last loglet of these logs (of any, when absent) has one of these servers. */
  readonly avoids?:
    | { readonly servers: readonly string[]; readonly logs?: readonly string[] | undefined }
    | undefined;
  /** An earlier answer was one of these. */
  readonly answer?: Readonly<Record<string, readonly string[]>> | undefined;
  /** A file or directory of this machine exists. */
  readonly file?: string | undefined;
  readonly any?: readonly Condition[] | undefined;
  readonly not?: Condition | undefined;
}

export const conditionSchema: z.ZodType<Condition> = z.lazy(() =>
  z
    .strictObject({
      finding: oneOrMore(findingCode).optional(),
      backup: z.enum(['some', 'none']).optional(),
      metaStore: oneOrMore(z.enum(['ok', 'degraded', 'lost'])).optional(),
      metaStoreKind: oneOrMore(z.enum(['file', 'etcd', 'restate'])).optional(),
      rebuild: oneOrMore(z.enum(['proven', 'unproven', 'contradiction'])).optional(),
      writable: z.boolean().optional(),
      zoneLost: z.boolean().optional(),
      lastLogletSilent: z.boolean().optional(),
      entriesBackedUp: z.boolean().optional(),
      remembered: z.boolean().optional(),
      healthy: z.boolean().optional(),
      servers: z
        .strictObject({
          ids: oneOrMore(z.string().min(1)),
          state: oneOrMore(serverState),
        })
        .optional(),
      avoids: z
        .strictObject({
          servers: oneOrMore(z.string().min(1)),
          logs: oneOrMore(z.string().min(1)).optional(),
        })
        .optional(),
      answer: z.record(slug, oneOrMore(z.string())).optional(),
      file: z.string().min(1).optional(),
      any: z.array(conditionSchema).min(1).optional(),
      not: conditionSchema.optional(),
    })
    .refine((condition) => Object.keys(condition).length > 0, 'at least one of its keys'),
);

/** Once for each log or server that a look finds, or that an answer names; for all of them when neither is said. */
const eachSchema = z.strictObject({
  of: z.enum(['log', 'server']),
  finding: oneOrMore(findingCode).optional(),
  answer: slug.optional(),
});

const stepHead = {
  id: slug,
  /** As in NIST SP 800-34: notice and contain; bring back; make whole. */
  phase: z.enum(['activation', 'recovery', 'reconstitution']),
  title: line,
  /** Why it is done now, and what it means for the data. */
  why: prose,
  /** The step is left out where this is not so. */
  when: conditionSchema.optional(),
};

/** Flags by which a person takes a risk; a playbook can only offer them, never give them. */
export const CONSENT_FLAGS = [
  'accept-loss',
  'accept-unproven',
  'lost',
  'old-metastore-destroyed',
  'repository-destroyed',
  'destroyed',
  'metastore-down',
] as const;
export type ConsentFlag = (typeof CONSENT_FLAGS)[number];

const runStepSchema = z.strictObject({
  do: z.literal('run'),
  ...stepHead,
  /** A command line without `vlog-dr` and without `--apply` where it plans: `rebuild-metastore --from-loglets`. */
  command: line,
  each: eachSchema.optional(),
  /** A plan that is only shown, and never applied. */
  review: z.literal(true).optional(),
  /** What must be so just before; where it is not, and `verify` holds already, there is nothing to do. */
  needs: conditionSchema.optional(),
  /** Risks that the plan may ask for, each with what saying yes would mean. */
  consents: z.partialRecord(z.enum(CONSENT_FLAGS), prose).optional(),
  /** What must be so afterwards, seen by a look of its own. */
  verify: conditionSchema.optional(),
  /** Exit codes that let the playbook go on. 0 and 3 unless it is said. */
  exits: z.array(z.number().int().min(0).max(255)).min(1).optional(),
  /** What is true of the data when it fails here. */
  ifItFails: prose,
  /** How it is undone, or that it cannot be. */
  undo: prose,
});

const manualStepSchema = z.strictObject({
  do: z.literal('manual'),
  ...stepHead,
  /** What a person does, outside of this tool. */
  instruction: lines,
  /** What proves that it was done. */
  check: conditionSchema,
  ifItFails: prose,
  undo: prose,
});

const optionSchema = z.strictObject({
  id: slug,
  title: line,
  /** What choosing it does, and what it costs. */
  consequence: prose,
  /** The answer to be recommended where this is so; the first such option wins over `recommended`. */
  recommendedWhen: conditionSchema.optional(),
  /** The playbook ends with this answer; the text says what is true then. */
  stop: prose.optional(),
});

const decideStepSchema = z.strictObject({
  do: z.literal('decide'),
  ...stepHead,
  question: line,
  options: z.array(optionSchema).min(2).max(9),
  recommended: slug,
});

const askStepSchema = z.strictObject({
  do: z.literal('ask'),
  ...stepHead,
  question: line,
  /** `servers` takes several. */
  of: z.enum(['log', 'server', 'servers', 'path', 'text']),
  /** Which ones are offered: those that a finding is about, or in a state. All when absent. */
  from: z
    .strictObject({
      finding: oneOrMore(findingCode).optional(),
      state: oneOrMore(serverState).optional(),
    })
    .optional(),
});

export const playbookSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: slug,
  title: line,
  /** One sentence: what one sees. */
  symptom: prose,
  severity: z.enum(['critical', 'warning', 'planned']),
  /** Engines that it knows the ways of. */
  drivers: z.array(z.enum(['native', 'restate'])).min(1),
  /** How long it takes a person who reads, in minutes. */
  minutes: z.strictObject({ least: z.number().int().min(1), most: z.number().int().min(1) }),
  /** Where this is not so, it is refused. */
  appliesWhen: conditionSchema,
  /** What is lost, and what works on. */
  now: prose,
  doNot: z
    .array(z.strictObject({ command: line, because: prose }))
    .min(1)
    .max(9),
  steps: z
    .array(z.discriminatedUnion('do', [runStepSchema, manualStepSchema, decideStepSchema, askStepSchema]))
    .min(1)
    .max(64),
  /** What to do in the days after. */
  afterwards: z.array(prose).max(9).optional(),
});

export type Playbook = Frozen<z.infer<typeof playbookSchema>>;
export type Step = Playbook['steps'][number];
export type RunStep = Extract<Step, { do: 'run' }>;
export type ManualStep = Extract<Step, { do: 'manual' }>;
export type DecideStep = Extract<Step, { do: 'decide' }>;
export type AskStep = Extract<Step, { do: 'ask' }>;
export type Each = NonNullable<RunStep['each']>;
