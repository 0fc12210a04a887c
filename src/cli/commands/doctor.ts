import type { DoctorCheck } from '../../codec/results/doctor.ts';
import { EXIT, type ExitCode } from '../../core/errorCatalogue.ts';
import { DrError, isPortError } from '../../core/errors.ts';
import { examineCluster } from '../../operations/doctor/doctor.ts';
import type { App, CommandModule } from '../app.ts';

/** `doctor`: could a recovery be done from here, now? */
export const run: CommandModule['run'] = async (app) => {
  const config = await app.config();
  const { name, id } = config.cluster;
  const checks: DoctorCheck[] = [
    { check: `Configuration ${config.file}`, state: 'ok', detail: `cluster ${name}, ${id}` },
    await checkState(app),
    ...(await checkCluster(app)),
  ];
  const ok = checks.every(({ state }) => state === 'ok');
  app.out.result({ ok, checks }, () => {
    const words = { ok: 'ok', warning: 'WARN', failed: 'FAILED' } as const;
    const rows = checks.map(({ check, state, detail }) => [words[state], check, detail]);
    return `${app.out.table(['', 'what', ''], rows)}\n${ok ? 'Ready.' : 'See the lines that are not ok.'}`;
  });
  return exitCodeOf(checks);
};

async function checkCluster(app: App): Promise<DoctorCheck[]> {
  try {
    const { cluster } = await app.connect();
    const software = `vlog-dr ${app.version}`;
    return await examineCluster({ cluster, software, skewOf: app.skewOf });
  } catch (error) {
    if (!isPortError(error) && !(error instanceof DrError)) throw error;
    return [{ check: 'Connection', state: 'failed', detail: error.message }];
  }
}

/** Without it nothing can be applied: every apply keeps a journal. */
async function checkState(app: App): Promise<DoctorCheck> {
  const config = await app.config();
  const check = `State directory ${config.stateDir}`;
  try {
    await app.proveWritable(config.stateDir);
    const runs = await app.runs(config).list();
    const open = runs.filter(({ state }) => state === 'killed' || state === 'failed');
    if (open.length === 0) return { check, state: 'ok', detail: `${runs.length} runs` };
    const ids = open.map(({ runId }) => runId).join(', ');
    return { check, state: 'warning', detail: `not finished: ${ids} (vlog-dr runs resume ID)` };
  } catch (error) {
    if (!(error instanceof DrError)) throw error;
    return { check, state: 'failed', detail: error.message };
  }
}

function exitCodeOf(checks: readonly DoctorCheck[]): ExitCode {
  const servers = checks.filter(({ check }) => check.startsWith('LogServer '));
  if (servers.length > 0 && servers.every(({ state }) => state === 'failed')) return EXIT.unreachable;
  return checks.every(({ state }) => state === 'ok') ? EXIT.done : EXIT.attention;
}
