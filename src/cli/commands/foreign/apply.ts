import { decodePlanFile } from '../../../codec/plans/planFile.ts';
import type { CommandModule } from '../../app.ts';
import { applyPlan } from '../../plans/planFlow.ts';

/** `apply FILE`, for a cluster of another engine. */
export const run: CommandModule['run'] = async (app, [file = '']) => {
  const kept = decodePlanFile(file, await app.readText(file));
  return applyPlan(app, await app.connectForeign(), kept);
};
