import type { Condition } from '../codec/playbook.ts';
import type { AnswerValue } from '../codec/playbookEvents.ts';
import type { Sight } from './sight.ts';

/** What conditions are held against: one look, the answers so far, and the files of this machine. */
export interface Facts {
  readonly assessment: Sight;
  readonly answers: ReadonlyMap<string, AnswerValue>;
  /** Names asked for by `file` conditions that exist. */
  readonly files: ReadonlySet<string>;
}

/**
 * What of a condition is not so, as whole sentences; empty where it holds. Pure. One that does not hold always says
 * why: a refusal without a reason helps nobody.
 */
export function unmet(condition: Condition, facts: Facts): string[] {
  const { any, not, ...atoms } = condition;
  return [
    ...atomsUnmet(atoms, facts),
    ...(any === undefined || any.some((one) => holds(one, facts)) ? [] : anyUnmet(any, facts)),
    ...(not !== undefined && holds(not, facts) ? [notUnmet(not, facts)] : []),
  ];
}

export function holds(condition: Condition, facts: Facts): boolean {
  return unmet(condition, facts).length === 0;
}

/** Every file that a condition asks for. */
export function filesIn(condition: Condition | undefined): string[] {
  if (condition === undefined) return [];
  const { file, any, not } = condition;
  return [...(file === undefined ? [] : [file]), ...(any ?? []).flatMap(filesIn), ...filesIn(not)];
}

/** Every finding code that a condition names. */
export function codesIn(condition: Condition | undefined): string[] {
  if (condition === undefined) return [];
  return [...(condition.finding ?? []), ...(condition.any ?? []).flatMap(codesIn), ...codesIn(condition.not)];
}

/** Every answer that a condition names. */
export function answersIn(condition: Condition | undefined): [step: string, value: string][] {
  if (condition === undefined) return [];
  const own = Object.entries(condition.answer ?? {}).flatMap(([step, values]) =>
    values.map((value): [string, string] => [step, value]),
  );
  return [...own, ...(condition.any ?? []).flatMap(answersIn), ...answersIn(condition.not)];
}

function atomsUnmet(condition: Condition, facts: Facts): string[] {
  const { assessment, answers, files } = facts;
  const said: string[] = [];
  const must = (isSo: boolean, otherwise: () => string) => {
    if (!isSo) said.push(otherwise());
  };
  const {
    finding,
    backup,
    metaStore,
    metaStoreKind,
    rebuild,
    writable,
    zoneLost,
    lastLogletSilent,
    entriesBackedUp,
    remembered,
    healthy,
  } = condition;
  if (finding) must(hasFinding(assessment, finding), () => `There is no finding ${finding.join(' or ')}.`);
  if (backup)
    must(backup === backupOf(assessment), () =>
      backup === 'some'
        ? 'The repository holds no snapshot of this cluster, or does not answer.'
        : 'The repository holds a snapshot of this cluster.',
    );
  if (metaStore)
    must(
      metaStore.includes(assessment.metaStore.health),
      () => `The MetaStore is ${assessment.metaStore.health}.`,
    );
  if (metaStoreKind)
    must(
      metaStoreKind.some((kind) => kind === kindOf(assessment)),
      () => `The MetaStore is of kind ${kindOf(assessment)}.`,
    );
  if (rebuild) {
    const verdict = rebuildVerdict(assessment);
    must(rebuild.includes(verdict), () => `A rebuild would be ${verdict}.`);
  }
  if (writable !== undefined)
    must(writable === takesAppends(assessment), () =>
      writable ? `No appends: ${stuckLogs(assessment).join(', ')}.` : 'All logs take appends.',
    );
  if (zoneLost !== undefined)
    must(zoneLost === lostZones(assessment).length > 0, () =>
      zoneLost
        ? 'No zone has lost all of its servers.'
        : `All servers of ${lostZones(assessment).join(' and ')} are silent.`,
    );
  if (lastLogletSilent !== undefined)
    must(lastLogletSilent === hasSilentLast(assessment), () =>
      lastLogletSilent ? 'Some member of each last loglet answers.' : 'No member of a last loglet answers.',
    );
  if (entriesBackedUp !== undefined)
    must(entriesBackedUp === hasEntriesBackedUp(assessment), () =>
      entriesBackedUp
        ? 'The repository holds no entries of a log that lacks some.'
        : 'The repository holds entries of a log that lacks some.',
    );
  if (remembered !== undefined)
    must(remembered === (assessment.remembered === true), () =>
      remembered
        ? 'No node that answers has the registers in its memory.'
        : 'A node that answers still has the registers in its memory.',
    );
  if (healthy !== undefined)
    must(healthy === (assessment.verdict === 'ok'), () =>
      healthy ? `Something is wrong: ${codesOf(assessment).join(', ')}.` : 'Nothing is wrong.',
    );
  for (const id of filledAll(condition.servers?.ids ?? [], answers)) {
    const state =
      assessment.logServers.find((server) => server.id === id)?.state ?? 'not in the configuration';
    must(condition.servers?.state.includes(state) === true, () => `${id} is ${state}.`);
  }
  if (condition.avoids) said.push(...stillThere(condition.avoids, facts));
  for (const [step, values] of Object.entries(condition.answer ?? {})) {
    const given = [answers.get(step) ?? []].flat();
    must(
      given.some((value) => values.includes(value)),
      () => `The answer to ${step} is not ${values.join(' or ')}.`,
    );
  }
  const { file } = condition;
  if (file) must(files.has(filled(file, answers)), () => `${filled(file, answers)} does not exist.`);
  return said;
}

/** `${name}` replaced by the answer to that step; several answers joined by commas. */
export function filled(text: string, answers: ReadonlyMap<string, AnswerValue>): string {
  return text.replace(/\$\{([a-z0-9-]+)\}/g, (_, name: string) => [answers.get(name) ?? ''].flat().join(','));
}

/** The steps whose answers a text has a place for. */
export function placeholdersIn(text: string): string[] {
  return [...text.matchAll(/\$\{([a-z0-9-]+)\}/g)].map(([, name = '']) => name);
}

function filledAll(texts: readonly string[], answers: ReadonlyMap<string, AnswerValue>): string[] {
  return texts.flatMap((text) => filled(text, answers).split(',')).filter((one) => one !== '');
}

function stillThere(avoids: NonNullable<Condition['avoids']>, { assessment, answers }: Facts): string[] {
  const servers = new Set(filledAll(avoids.servers, answers));
  const only = avoids.logs === undefined ? undefined : new Set(filledAll(avoids.logs, answers));
  return assessment.logs.flatMap(({ logId, segments }) => {
    const there = (segments.at(-1)?.nodeset ?? []).filter((id) => servers.has(id));
    if (there.length === 0 || only?.has(logId) === false) return [];
    return [`The last loglet of log ${logId} is on ${there.join(', ')}.`];
  });
}

function anyUnmet(any: readonly Condition[], facts: Facts): string[] {
  return [...new Set(any.flatMap((one) => unmet(one, facts)))];
}

/** Only findings say more than that it is so. */
function notUnmet({ finding, ...rest }: Condition, { assessment }: Facts): string {
  const found = assessment.findings.filter((one) => finding?.includes(one.code));
  const [first] = found;
  if (first !== undefined) return `${first.code}: ${first.message}`;
  return `It is still so: ${Object.keys(rest).join(', ')}.`;
}

function hasFinding({ findings }: Sight, codes: readonly string[]): boolean {
  return findings.some((one) => codes.includes(one.code));
}

function codesOf({ findings }: Sight): string[] {
  return [...new Set(findings.filter((one) => one.severity !== 'info').map((one) => one.code))];
}

function backupOf({ logs }: Sight): 'some' | 'none' {
  return logs.some((log) => log.backup.lastVersion !== null) ? 'some' : 'none';
}

/** How a file MetaStore is reached makes no difference to what is done about it. */
function kindOf({ metaStore }: Sight): string {
  return metaStore.kind.replace(/^file-http$/, 'file');
}

/** The weakest: a cluster is only as provable as its worst log. */
export function rebuildVerdict({ logs }: Sight): 'proven' | 'unproven' | 'contradiction' {
  const order = ['contradiction', 'unproven', 'proven'] as const;
  return order.find((verdict) => logs.some((log) => log.ifMetaStoreLost.verdict === verdict)) ?? 'proven';
}

function takesAppends({ logs }: Sight): boolean {
  return logs.every((log) => log.writable);
}

function hasSilentLast({ logs }: Sight): boolean {
  return logs.some(
    ({ segments }) => segments.at(-1)?.sealable === false && segments.at(-1)?.responders.length === 0,
  );
}

/** Whether they are the ones that are missing, the plan of a restore says. */
function hasEntriesBackedUp({ logs }: Sight): boolean {
  return logs.some(
    ({ segments, data }) =>
      data !== undefined && data !== null && segments.some(({ missing }) => missing.length > 0),
  );
}

function stuckLogs({ logs }: Sight): string[] {
  return logs.filter((log) => !log.writable).map((log) => `log ${log.logId} takes ${log.taking}`);
}

/** Zones of `region/zone/rack` whose servers are all silent, where some other zone is heard. */
export function lostZones({ logServers }: Sight): string[] {
  const inService = logServers.filter((server) => server.state !== 'retired');
  const zones = new Map<string, boolean>();
  for (const { location, state } of inService) {
    const zone = location.split('/').slice(0, 2).join('/');
    zones.set(zone, (zones.get(zone) ?? true) && state === 'unreachable');
  }
  const lost = [...zones].filter(([, isSilent]) => isSilent).map(([zone]) => zone);
  return lost.length < zones.size ? lost.sort() : [];
}
