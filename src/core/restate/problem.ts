/**
 * What stands in the way of calling a rebuilt register proven. `contradiction`: nothing may be applied. `loss`: records
 * that were acknowledged are on nobody who answers. `unproven`: it rests on something that was not shown.
 */
export interface Problem {
  readonly weighs: 'contradiction' | 'loss' | 'unproven';
  readonly logId?: number;
  /** A whole sentence. */
  readonly message: string;
  /** Sets of nodes any one of which, answering, would settle it. */
  readonly wouldSettle?: readonly (readonly string[])[];
}

export type Verdict = 'proven' | 'unproven' | 'contradiction';

export function verdictOf(problems: readonly Problem[]): Verdict {
  if (problems.some((problem) => problem.weighs === 'contradiction')) return 'contradiction';
  return problems.length === 0 ? 'proven' : 'unproven';
}
