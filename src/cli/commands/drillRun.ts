import { toJson } from '../../codec/common.ts';
import type { DrillResult, DrillRun } from '../../codec/results/drill.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import { recordName, writeRecord } from '../../drill/record/write.ts';
import { type Drilled, runDrill } from '../../drill/run.ts';
import { type AnyScenario, type DrillStore, isRestate } from '../../drill/scenario.ts';
import { findScenario, restateProgram } from '../../drill/scenarios.ts';
import { summarized } from '../../drill/summary.ts';
import { etcdProgram } from '../../sandbox/etcd.ts';
import { htmlPage } from '../../ui/html/page.ts';
import { markdownPage } from '../../ui/markdown/page.ts';
import { drillReport } from '../../ui/report/drill.ts';
import { durationText } from '../../ui/text/duration.ts';
import type { App, CommandModule, Output } from '../app.ts';
import { type Options, usageError } from '../options.ts';

/** `drill run SCENARIO`: exit 0 only if nothing was lost but what was said and accepted, and the verdicts were right. */
export const run: CommandModule['run'] = async (app, [name = ''], options) => {
  const scenario = findScenario(name);
  const times = options.count('repeat', 1) ?? 1;
  const seed = options.count('seed') ?? app.random.below(1_000_000);
  const request = { keep: options.flag('keep'), ...requestOf(scenario, options) };
  // Said at once, and not as a drill that failed.
  if (isRestate(scenario)) await restateProgram();
  if (request.metaStore === 'etcd') await etcdProgram();
  const directory = options.text('report');
  const runs: DrillResult[] = [];
  const records: string[] = [];
  for (let time = 0; time < times; time += 1) {
    if (times > 1) app.reporter.note(`run ${time + 1} of ${times}, seed ${seed + time}`);
    const drilled = await runDrill(app, scenario, { ...request, seed: seed + time });
    runs.push(drilled.result);
    if (directory !== undefined) records.push(await keep(app.absolute(directory), drilled));
  }
  const result = summarized(runs, records);
  app.out.result(result, () => storyText(app, result));
  return runs.every(({ ok }) => ok) ? EXIT.done : EXIT.refused;
};

function requestOf({ name, cluster }: AnyScenario, options: Options) {
  const repository = options.text('repo');
  const playedOn: readonly DrillStore[] = cluster.metaStores;
  const metaStore = options.oneOf('metastore', ['file', 'etcd', 'builtin']) ?? cluster.metaStores[0];
  if (!playedOn.includes(metaStore))
    throw usageError(`Scenario ${name} is played on ${playedOn.join(' or ')}, not on ${metaStore}.`);
  return { metaStore, ...(repository !== undefined && { repository }) };
}

async function keep(directory: string, drilled: Drilled): Promise<string> {
  const { result } = drilled;
  const report = drillReport(drilled);
  return await writeRecord(directory, {
    name: recordName(result.startedAt, result.scenario, result.seed),
    files: [
      { name: 'result.json', text: `${toJson(result, 2)}\n` },
      { name: 'report.html', text: htmlPage(report) },
      { name: 'report.md', text: markdownPage(report) },
    ],
  });
}

function storyText({ out }: App, result: DrillRun): string {
  const { title, seed, verdict, expected, problems, dir, records = [] } = result;
  return [
    `${title} (seed ${seed})`,
    '',
    stepsTable(out, result),
    '',
    `RTO      ${rtoText(result)}`,
    `RPO      ${rpoText(result)}`,
    `verdict  ${verdict}${verdict === expected ? '' : `, expected ${expected}`}`,
    ...summaryText(result),
    ...problems.map((problem) => `PROBLEM  ${problem}`),
    result.ok ? 'The drill held.' : 'THE DRILL DID NOT HOLD.',
    ...records.map((record) => `record   ${record}`),
    ...(dir === null ? [] : [`Everything is kept in ${dir}`]),
  ].join('\n');
}

function stepsTable(out: Output, { steps }: DrillRun): string {
  const rows = steps.map(({ step, ok, elapsedMs, detail }) => [
    ok ? 'ok' : 'FAILED',
    step,
    durationText(elapsedMs),
    detail,
  ]);
  return out.table(['', 'step', 'took', 'what came of it'], rows);
}

function rtoText({ rtoMs, phases, outageMs, ended }: DrillRun): string {
  if (rtoMs === null) return ended === 'stopped by decision' ? 'none: nothing may be applied' : 'not reached';
  const { detectedMs, plannedMs, recoveredMs, completedMs } = phases;
  const parts = [
    ['seen', detectedMs],
    ['planned', plannedMs],
    ['applied', recoveredMs],
    ['whole', completedMs],
  ] as const;
  const told = parts.flatMap(([word, ms]) => (ms === null ? [] : [`${word} ${durationText(ms)}`]));
  const outage =
    outageMs === null ? '' : `; longest time without an acknowledgement ${durationText(outageMs)}`;
  return `${durationText(rtoMs)} to the first append after the recovery (${told.join(', ')})${outage}`;
}

function rpoText({ rpoEntries, rpoSeconds, ackedEntries }: DrillRun): string {
  if (rpoEntries === null) return 'not known';
  const age =
    rpoEntries === 0 || rpoSeconds === null
      ? ''
      : `, the oldest acknowledged ${rpoSeconds} s before the disaster`;
  return `${rpoEntries} of ${ackedEntries} acknowledged entries lost${age}`;
}

function summaryText({ summary }: DrillRun): string[] {
  if (summary === undefined) return [];
  const { runs, held, rtoMs } = summary;
  const rto =
    rtoMs === null
      ? ''
      : `; RTO ${durationText(rtoMs.least)} to ${durationText(rtoMs.most)}, median ${durationText(rtoMs.median)}`;
  return [`runs     ${held} of ${runs} held${rto}`];
}
