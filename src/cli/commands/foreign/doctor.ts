import type { DoctorCheck } from '../../../codec/results/doctor.ts';
import { DrError, isPortError } from '../../../core/errors.ts';
import { examineForeign } from '../../../operations/foreign/doctor/doctor.ts';
import type { CommandModule } from '../../app.ts';
import { printChecks, stateCheck } from '../doctor.ts';

/** `doctor`, for a Restate cluster. */
export const run: CommandModule['run'] = async (app) => {
  const { config, ...connection } = await app.connectForeign();
  const { name, fingerprint } = config.cluster;
  const detail = `Restate cluster ${name}, fingerprint ${fingerprint ?? 'not configured, so every cluster of this name is taken for it'}`;
  return printChecks(app, [
    { check: `Configuration ${config.file}`, state: fingerprint === undefined ? 'warning' : 'ok', detail },
    await stateCheck(app, config.stateDir),
    ...(await examine({ ...connection, expected: config.cluster })),
  ]);
};

async function examine(request: Parameters<typeof examineForeign>[0]): Promise<DoctorCheck[]> {
  try {
    return await examineForeign(request);
  } catch (error) {
    if (!isPortError(error) && !(error instanceof DrError)) throw error;
    return [{ check: 'Connection', state: 'failed', detail: error.message }];
  }
}
