import { EXIT } from '../../core/errorCatalogue.ts';
import { type DrillResult, runDrill } from '../../drill/run.ts';
import { SCENARIOS } from '../../drill/scenarios.ts';
import type { CommandModule, Output } from '../app.ts';
import { usageError } from '../options.ts';

/** `drill run SCENARIO`: exit 0 only if nothing acknowledged was lost and the verdicts were right. */
export const run: CommandModule['run'] = async (app, [name = ''], options) => {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) {
    throw usageError(
      `There is no scenario ${name}; there is ${SCENARIOS.map((one) => one.name).join(', ')}.`,
    );
  }
  const repository = options.text('repo');
  const result = await runDrill(app, scenario, {
    seed: options.count('seed') ?? app.random.below(1_000_000),
    keep: options.flag('keep'),
    metaStore: options.oneOf('metastore', ['file', 'etcd']) ?? 'file',
    ...(repository === undefined ? {} : { repository }),
  });
  app.out.result(result, () => story(app.out, scenario.title, result));
  return result.ok ? EXIT.done : EXIT.refused;
};

function story(out: Output, title: string, result: DrillResult): string {
  const steps = result.steps.map(({ step, ok, elapsedMs, detail }) => [
    ok ? 'ok' : 'FAILED',
    step,
    `${(elapsedMs / 1000).toFixed(1)} s`,
    detail,
  ]);
  return [
    `${title} (seed ${result.seed})`,
    '',
    out.table(['', 'step', 'took', 'what came of it'], steps),
    '',
    `RTO      ${result.rtoMs === null ? 'not reached' : `${(result.rtoMs / 1000).toFixed(1)} s from the loss to the first append after a reconfiguration`}`,
    `RPO      ${result.rpoEntries === null ? 'not known' : `${result.rpoEntries} of ${result.ackedEntries} acknowledged entries lost`}`,
    `verdict  ${result.verdict}`,
    result.ok ? 'The drill held.' : 'THE DRILL DID NOT HOLD.',
    ...(result.dir === null ? [] : [`Everything is kept in ${result.dir}`]),
  ].join('\n');
}
