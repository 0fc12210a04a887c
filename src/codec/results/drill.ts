import { z } from 'zod';

export const drillListSchema = z.object({
  scenarios: z.array(z.object({ name: z.string(), title: z.string(), about: z.string() })),
});

export const drillResultSchema = z.object({
  scenario: z.string(),
  seed: z.number(),
  /** What the recovery said of the logs: `proven`, `unproven`, `contradiction`, or `not reached`. */
  verdict: z.string(),
  /** `null`, as below, where the drill did not come so far. From the loss to the first append acknowledged after a reconfiguration. */
  rtoMs: z.number().nullable(),
  /** Acknowledged entries that do not read back. */
  rpoEntries: z.number().nullable(),
  ackedEntries: z.number().nullable(),
  lostEntries: z.number().nullable(),
  /** Appends whose outcome their client never learnt; neither promised nor lost. */
  unknownEntries: z.number().nullable(),
  steps: z.array(
    z.object({
      step: z.string(),
      ok: z.boolean(),
      elapsedMs: z.number(),
      detail: z.string(),
    }),
  ),
  ok: z.boolean(),
  /** Kept for a look when the drill failed or `--keep` was given. */
  dir: z.string().nullable(),
});
