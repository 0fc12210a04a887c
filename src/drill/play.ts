import type { Assessment } from '../codec/results/assess.ts';
import type { DrillResult } from '../codec/results/drill.ts';
import { isAssessment, type Sight } from '../playbook/sight.ts';
import {
  appendAgain,
  endLoad,
  extend,
  grow,
  lead,
  look,
  type ReadBack,
  readBack,
  startWriting,
} from './acts.ts';
import { startCluster } from './cluster.ts';
import { playbookTimes } from './phases.ts';
import { findOperator, type Operator, type Recovered } from './recovery.ts';
import type { DrillStage, Scenario } from './scenario.ts';
import { judge, longestSilence, rangesOf, statedLoss, type Verdict, verdictOf, worst } from './truth.ts';

/** What a drill came to know, for its report. */
export interface Story {
  /** The cluster as `assess` saw it: with the disaster, and at the end. Of our own clusters. */
  readonly looks?: { readonly seen: Assessment; readonly after: Assessment };
  readonly recovered: Recovered;
  readonly operator: Operator;
}

/** The part of a result that a drill adds as it learns it: one that breaks off has told what it knew. */
export type Told = Partial<Omit<DrillResult, 'steps'>>;

/**
 * Cluster, load, disaster, then the playbook alone: nothing of what is known here about the disaster is given to the
 * recovery. At the end its words are held against the truth.
 */
export async function play(
  stage: DrillStage,
  scenario: Scenario,
  tell: (told: Told) => void,
): Promise<Story> {
  const { clock } = stage.app;
  const scene = await startCluster(stage, scenario.cluster);
  const operator = await findOperator(scene, scenario);
  await grow(scene);
  await told(stage, 'what went before', () => scenario.prepare?.(scene, operator));
  const load = await startWriting(scene, scenario);
  const disasterAt = clock.now();
  await told(stage, 'the disaster', () => scenario.disaster(scene, operator));
  const seen = await look(scene, operator);
  const detectedAt = clock.now();
  const recovered = await lead(scene, scenario, operator);
  const times = { disasterAt, detectedAt, ...playbookTimes(recovered.records, operator.playbook) };
  const isBack = recovered.ended === 'done';
  const appendedAt = isBack ? await appendAgain(scene, load, times.recoveredAt ?? detectedAt) : undefined;
  tell({ ...timesOf({ ...times, appendedAt }), ended: recovered.ended, runId: recovered.runId });
  const unknownEntries = await endLoad(scene, load);
  if (isBack) await extend(scene);
  const found = await readBack(scene);
  const after = await operator.hands.look();
  const outage = { from: disasterAt, to: appendedAt ?? clock.now() };
  tell({ unknownEntries, outageMs: isBack ? longestSilence(found.acked, outage) : null });
  tell(judged({ scenario, recovered, found, after, disasterAt }));
  await told(stage, 'afterwards', () => scenario.afterwards?.(scene, operator));
  const looks = isAssessment(seen) && isAssessment(after) ? { looks: { seen, after } } : {};
  return { ...looks, recovered, operator };
}

/** An act that a scenario may have, as a step of the story. */
export async function told(
  { step }: DrillStage,
  title: string,
  act: () => Promise<string> | undefined,
): Promise<void> {
  const acting = act();
  if (acting !== undefined) await step(title, async () => ({ value: undefined, detail: await acting }));
}

export function timesOf(times: {
  readonly disasterAt: number;
  readonly detectedAt: number;
  readonly plannedAt?: number;
  readonly recoveredAt?: number;
  readonly appendedAt?: number | undefined;
  readonly completedAt?: number;
}): Pick<DrillResult, 'phases' | 'rtoMs'> {
  const since = (at: number | undefined) => (at === undefined ? null : Math.max(0, at - times.disasterAt));
  const phases = {
    detectedMs: since(times.detectedAt),
    plannedMs: since(times.plannedAt),
    recoveredMs: since(times.recoveredAt),
    appendedMs: since(times.appendedAt),
    completedMs: since(times.completedAt),
  };
  return { phases, rtoMs: phases.appendedMs };
}

/** The recovery's words and what was read back. */
function judged(story: {
  readonly scenario: Scenario;
  readonly recovered: Recovered;
  readonly found: ReadBack;
  readonly after: Sight;
  readonly disasterAt: number;
}): Told {
  const { scenario, recovered, found, after, disasterAt } = story;
  const plans = recovered.applied.map((run) => run.plan);
  const stated = plans.flatMap((plan) => statedLoss(plan, found.logId));
  const verdict = worst([...plans.map(verdictOf), ...contradictionIn(after)]) ?? 'proven';
  const { expect } = scenario;
  const judgement = judge({ expect, verdict, ended: recovered.ended, stated, found, disasterAt });
  return {
    verdict,
    expected: expect.verdict,
    rpoEntries: found.lost.length,
    rpoSeconds: judgement.rpoSeconds,
    ackedEntries: found.acked.length,
    lostEntries: found.lost.length,
    lost: rangesOf(found.lost),
    statedLoss: stated.map(({ from, to }) => ({ from, ...(to !== undefined && { to }) })),
    problems: [...judgement.problems],
    ok: judgement.ok,
  };
}

/** A contradiction is no plan's: nothing may be applied then. */
export function contradictionIn({ findings }: Sight): Verdict[] {
  return findings.some(({ code }) => code === 'FORK' || code === 'CONTRADICTION') ? ['contradiction'] : [];
}
