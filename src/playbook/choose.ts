import type { Playbook } from '../codec/playbook.ts';
import { DrError } from '../core/errors.ts';
import { EXPLAINED } from '../core/findings/explained.ts';
import { FOREIGN_EXPLAINED } from '../core/findings/foreign.ts';
import { codesIn, holds, unmet } from './conditions.ts';
import { driverOf, type Sight } from './sight.ts';

const NO_ANSWERS = { answers: new Map(), files: new Set<string>() } as const;

/** Playbooks that fit what was seen, the most urgent first. Pure. */
export function fitting(playbooks: readonly Playbook[], assessment: Sight): Playbook[] {
  const facts = { assessment, ...NO_ANSWERS };
  return playbooks
    .filter(({ drivers, appliesWhen }) => drivers.includes(driverOf(assessment)) && holds(appliesWhen, facts))
    .sort((a, b) => urgency(a, assessment) - urgency(b, assessment));
}

/** Findings that make a playbook fit, worst first. */
export function reasonsFor({ appliesWhen }: Playbook, { findings }: Sight): Sight['findings'] {
  const codes = new Set(codesIn(appliesWhen));
  return findings.filter((finding) => codes.has(finding.code));
}

const WEIGHT = { critical: 0, warning: 1, planned: 2 } as const;
const ranksOf = (codes: object) => new Map(Object.keys(codes).map((code, rank) => [code, rank]));
const RANK = { native: ranksOf(EXPLAINED), restate: ranksOf(FOREIGN_EXPLAINED) } as const;

/** By its own severity, then by the worst finding that it answers. */
function urgency(playbook: Playbook, assessment: Sight): number {
  const rank = RANK[driverOf(assessment)];
  const ranks = reasonsFor(playbook, assessment).map((finding) => rank.get(finding.code) ?? rank.size);
  return WEIGHT[playbook.severity] * 1_000 + Math.min(rank.size, ...ranks);
}

const DRIVER = { native: 'native', restate: 'Restate' } as const;

/** Throws `E_PLAYBOOK_UNFIT` where a playbook is not for what is seen, and names those that are. */
export function mustFit(
  playbook: Playbook,
  assessment: Sight,
  others: readonly Playbook[],
  files: ReadonlySet<string> = new Set(),
): void {
  const driver = driverOf(assessment);
  if (!playbook.drivers.includes(driver))
    throw unfit(
      `Playbook ${playbook.id} is for ${playbook.drivers.map((one) => DRIVER[one]).join(' and ')} clusters, and ${assessment.cluster.name} is a ${DRIVER[driver]} one.`,
      assessment,
      others,
    );
  const reasons = unmet(playbook.appliesWhen, { assessment, answers: new Map(), files });
  if (reasons.length === 0) return;
  throw unfit(`Playbook ${playbook.id} is not for this: ${reasons.join(' ')}`, assessment, others);
}

/** The refusal of a step or of a playbook, with the playbooks that fit instead. */
export function unfit(message: string, assessment: Sight, playbooks: readonly Playbook[]): DrError {
  const right = fitting(playbooks, assessment).filter((one) => one.severity !== 'planned');
  const [first] = right;
  return new DrError('E_PLAYBOOK_UNFIT', {
    message: `${message} Nothing was changed.`,
    hint:
      first === undefined
        ? assessment.verdict === 'ok'
          ? 'Nothing is wrong with the cluster.'
          : '`vlog-dr assess` says what is wrong; no playbook fits it.'
        : `What fits now: ${right.map((one) => `\`vlog-dr playbook run ${one.id}\``).join(', ')}.`,
    context: { fits: right.map((one) => one.id), reasons: message },
  });
}
