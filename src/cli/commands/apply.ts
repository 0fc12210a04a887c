import { decodePlanFile } from '../../codec/plans/planFile.ts';
import type { CommandModule } from '../app.ts';
import { applyPlan } from '../plans/planFlow.ts';

/** `apply FILE`: carries out a plan that was kept with `--plan-out`, here or on another machine. */
export const run: CommandModule['run'] = async (app, [file = '']) => {
  const kept = decodePlanFile(file, await app.readText(file));
  return applyPlan(app, await app.connect(), kept);
};
