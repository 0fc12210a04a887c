import type { RunRecord } from '../run.ts';
import { acknowledgedIsThere } from './acknowledgedIsThere.ts';
import { chainIsTheOldOne } from './chainIsTheOldOne.ts';
import { contradictionIsReal } from './contradictionIsReal.ts';
import { deniedIsNotThere } from './deniedIsNotThere.ts';
import { installedIsStored } from './installedIsStored.ts';
import { lossIsWithinThePlan } from './lossIsWithinThePlan.ts';
import { nothingNewerIsHidden } from './nothingNewerIsHidden.ts';
import { nothingToDoIsTrue } from './nothingToDoIsTrue.ts';
import { onceInTheLog } from './onceInTheLog.ts';
import { oneEntryAtAPosition } from './oneEntryAtAPosition.ts';
import { oneLivingControlPlane } from './oneLivingControlPlane.ts';
import { provenIsTheOnlyOne } from './provenIsTheOnlyOne.ts';
import { servedStaysServed } from './servedStaysServed.ts';
import { tailsAreTrue } from './tailsAreTrue.ts';

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

export type Checker = (run: RunRecord) => Iterable<Violation>;

/** Invariants that are seen at the end; those of a moment are noticed by the oracle. */
const CHECKERS: readonly Checker[] = [
  acknowledgedIsThere,
  oneEntryAtAPosition,
  oneLivingControlPlane,
  servedStaysServed,
  chainIsTheOldOne,
  nothingNewerIsHidden,
  installedIsStored,
  lossIsWithinThePlan,
  tailsAreTrue,
  deniedIsNotThere,
  onceInTheLog,
  nothingToDoIsTrue,
  provenIsTheOnlyOne,
  contradictionIsReal,
];

export function checkAll(run: RunRecord): Violation[] {
  return [...run.world.oracle.violations, ...CHECKERS.flatMap((check) => [...check(run)])];
}
