import { decodePlanFile } from '../../../codec/plans/planFile.ts';
import type { CommandModule } from '../../app.ts';
import { resumeRun } from '../../plans/planFlow.ts';

/** `runs resume ID`, for a cluster of another engine. */
export const run: CommandModule['run'] = async (app, [runId = '']) => {
  const connection = await app.connectForeign();
  const { planJson } = await app.runs(connection.config).show(runId);
  return resumeRun(app, connection, { kept: decodePlanFile(`The plan of run ${runId}`, planJson), runId });
};
