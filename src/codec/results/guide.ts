import { z } from 'zod';

/** What `guide` says where nobody can be led. */
export const guideSchema = z.object({
  cluster: z.object({ id: z.string(), name: z.string() }),
  verdict: z.enum(['ok', 'attention', 'unreachable']),
  situation: z.object({ wrong: z.string(), works: z.string(), doNot: z.string().exactOptional() }),
  /** The most urgent first. */
  proposals: z.array(
    z.object({
      playbook: z.string(),
      title: z.string(),
      severity: z.enum(['critical', 'warning', 'planned']),
      minutes: z.object({ least: z.number(), most: z.number() }),
      /** The findings that make it fit. */
      because: z.array(z.string()),
    }),
  ),
  /** The drill that practises the worst of it on a throw-away cluster: `vlog-dr drill run`. */
  practice: z.string(),
  /** Runs of playbooks on this machine that were not finished. */
  open: z.array(z.object({ runId: z.string(), command: z.string(), startedAt: z.number() })),
});
export type Guidance = z.infer<typeof guideSchema>;
