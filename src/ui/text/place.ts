import type { PlacedLogletReport, PlaceReport } from '../../codec/results/place.ts';
import { describeLosses, type Loss } from '../../core/placement/losses.ts';
import { folded } from './fold.ts';

type NotSurvived = PlaceReport['notSurvived'][number];
type Fatal = PlacedLogletReport['fatalForData'];

/** What survives which losses; with a question, the answer to that first. */
export function placeText(report: PlaceReport): string {
  const { cluster, asked, logs, newLoglet, problems, notSurvived } = report;
  const question = asked.length === 0 ? '' : `, without ${describeLosses(asked)}`;
  const loglets =
    logs.length > 0
      ? logs.map((log) => ({ name: `Log ${log.logId}`, log }))
      : newLoglet === null
        ? []
        : [{ name: 'A new loglet', log: newLoglet }];
  return [
    `${cluster.name}${question}`,
    ...metaStoreText(report),
    ...loglets.flatMap(({ name, log }) => logletText(name, log, asked.length > 0)),
    ...logs.flatMap((log) =>
      log.segmentsAtRisk.map(
        ({ index, start, end }) =>
          `  Log ${log.logId}, segment ${index} (${start} to ${end}): no copy that its policy vouches for is left`,
      ),
    ),
    ...problems.flatMap((problem) => folded(problem, '  WARN ')),
    ...notSurvived.flatMap((one) => folded(notSurvivedText(one), '  NOT SURVIVED ')),
    '',
    endText(report),
  ].join('\n');
}

function metaStoreText({ metaStore }: PlaceReport): string[] {
  const { kind, members, fatal, quorum } = metaStore;
  const names = members.map(({ name, location, exists }) =>
    [exists ? name : `(${name})`, location].filter((part) => part !== null).join(' in '),
  );
  const answer = { kept: 'keeps its majority', lost: 'LOSES ITS MAJORITY', unknown: 'MAJORITY NOT KNOWN' };
  return [
    `MetaStore ${kind}: ${names.join(', ')}`,
    ...(quorum === null ? [`  loses its majority with ${fatalText(fatal)}`] : [`  ${answer[quorum]}`]),
  ];
}

function logletText(name: string, log: PlacedLogletReport, isAsked: boolean): string[] {
  const { durability, nodeset, outcome, fatalForData, fatalForAppends } = log;
  const where = nodeset.map(({ serverId, location }) => `${serverId} in ${location}`).join(', ');
  const head = `${name}: ${durability} on ${where}`;
  if (!isAsked || outcome === null)
    return [
      head,
      `  acknowledged entries may be lost, and it cannot be sealed, with ${fatalText(fatalForData)}`,
      `  appends end with ${fatalText(fatalForAppends)}`,
    ];
  return [
    head,
    `  acknowledged entries ${outcome.sealable ? 'safe, sealable' : 'MAY BE LOST, NOT SEALABLE'}; ${outcome.canHost ? 'a successor has room' : 'NO ROOM for a successor'}`,
    `  appends ${outcome.appends === 'stop' ? 'STOP' : outcome.appends}; were the MetaStore lost too, a rebuild would be ${outcome.rebuildProven ? 'proven' : 'UNPROVEN without a repository'}`,
  ];
}

/** `region eu; zone eu/a+eu/b, eu/a+us/c; server s1+s2`: any one of these sets does it. */
export function fatalText({ losses, complete }: Fatal): string {
  if (losses.length === 0) return 'no loss at all';
  const levels = [...new Set(losses.map(({ level }) => level))];
  const texts = levels.map((level) => {
    const sets = losses.filter((loss) => loss.level === level);
    return `${level} ${setsText(sets)}`;
  });
  return `${texts.join('; ')}${complete ? '' : '; …'}`;
}

/** More than a handful of sets is a pattern, not a list. */
const LISTED = 6;

function setsText(sets: readonly Loss[]): string {
  const shown = sets.slice(0, LISTED).map(({ names }) => names.join('+'));
  return sets.length > LISTED ? `${shown.join(', ')} or ${sets.length - LISTED} others` : shown.join(', ');
}

const COSTS: Readonly<Record<NotSurvived['what'], string>> = {
  data: 'may lose acknowledged entries',
  appends: 'takes no appends any more',
  quorum: 'is not sure to keep its majority',
};

function notSurvivedText({ of, what, losses, tolerated }: NotSurvived): string {
  const why = tolerated ? ', which the configuration tolerates' : '';
  return `${of} ${COSTS[what]} with the loss of ${describeLosses(losses)}${why}.`;
}

function endText({ asked, tolerate, verdict }: PlaceReport): string {
  if (verdict === 'attention') return 'Not every loss that was named is survived.';
  if (asked.length > 0) return 'This loss is survived.';
  return tolerate === null
    ? 'Next: `vlog-dr place --lose zone=NAME`, or `tolerate` in the configuration to have it checked.'
    : 'Every loss within `tolerate` is survived.';
}
