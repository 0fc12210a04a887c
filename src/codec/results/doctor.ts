import { z } from 'zod';

export const doctorResultSchema = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      check: z.string(),
      /** `failed`: it stands in the way of a recovery. `warning`: it will, or makes one harder. */
      state: z.enum(['ok', 'warning', 'failed']),
      detail: z.string(),
    }),
  ),
});
export type DoctorResult = z.output<typeof doctorResultSchema>;
export type DoctorCheck = DoctorResult['checks'][number];

export const initResultSchema = z.object({
  file: z.string(),
  cluster: z.object({ id: z.string(), name: z.string() }),
  logServers: z.array(z.object({ id: z.string(), url: z.string(), location: z.string() })),
});
