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
    await stateCheck(app, config.stateDir),
    ...(await checkCluster(app)),
  ];
  return printChecks(app, checks);
};

export function printChecks(app: App, checks: readonly DoctorCheck[]): ExitCode {
  const ok = checks.every(({ state }) => state === 'ok');
  app.out.result({ ok, checks }, () => {
    const words = { ok: 'ok', warning: 'WARN', failed: 'FAILED' } as const;
    const rows = checks.map(({ check, state, detail }) => [words[state], check, detail]);
    return `${app.out.table(['', 'what', ''], rows)}\n${ok ? 'Ready.' : 'See the lines that are not ok.'}`;
  });
  return exitCodeOf(checks);
}

async function checkCluster(app: App): Promise<DoctorCheck[]> {
  try {
    const { cluster, config } = await app.connect();
    const software = `vlog-dr ${app.version}`;
    return await examineCluster({ cluster, software, clocks: () => app.clocks(config) });
  } catch (error) {
    if (!isPortError(error) && !(error instanceof DrError)) throw error;
    return [{ check: 'Connection', state: 'failed', detail: error.message }];
  }
}

/** Without it nothing can be applied: every apply keeps a journal. */
export async function stateCheck(app: App, stateDir: string): Promise<DoctorCheck> {
  const check = `State directory ${stateDir}`;
  try {
    await app.proveWritable(stateDir);
    const runs = await app.runs({ stateDir }).list();
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
  const servers = checks.filter(({ check }) => /^(LogServer|Node) /.test(check));
  if (servers.length > 0 && servers.every(({ state }) => state === 'failed')) return EXIT.unreachable;
  return checks.every(({ state }) => state === 'ok') ? EXIT.done : EXIT.attention;
}
