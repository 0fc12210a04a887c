import { z } from 'zod';
import { digestOf } from '../../core/canonical.ts';
import { clusterIdSchema, type Frozen } from '../common.ts';

/** What every plan says, whatever it is for. `kind` names the command that makes and applies it. */
export const planHead = {
  schemaVersion: z.literal(1),
  /** SHA-256 of the canonical plan without it: the same evidence gives the same plan. */
  planId: z.string().regex(/^[0-9a-f]{64}$/),
  cluster: z.strictObject({ id: clusterIdSchema, name: z.string() }),
  /** `refuse`: `needs` or `problems` say why. */
  decision: z.enum(['apply', 'nothing to do', 'refuse']),
  /** Whole sentences: why it is not applied as it is, or what to know before saying yes. */
  problems: z.array(z.string()),
  /** Flags without which it is not applied. */
  needs: z.array(z.string()),
  /** Flags of that kind that were given. */
  given: z.array(z.string()),
  assumptions: z.array(z.string()),
  actions: z.array(z.strictObject({ step: z.string(), says: z.string() })),
};

export type PlanAction = Frozen<{ step: string; says: string }>;

/** Completes a plan with its identity. */
export function withPlanId<T extends object>(body: T): T & { readonly planId: string } {
  return { ...body, planId: digestOf(body) };
}
