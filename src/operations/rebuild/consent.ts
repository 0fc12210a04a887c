import { canHostSuccessor } from '../../core/durability.ts';
import type { Observation } from '../../core/evidence.ts';
import type { LogId } from '../../core/ids.ts';
import type { EndOfChain } from '../../core/reconstruct/end.ts';
import { successorTerms } from '../../core/reconstruct/facts.ts';
import type { Consent, Reconstruction } from '../../core/reconstruct/reconstruct.ts';

/** The flags that an operator must give, each for its own risk; `--yes` implies none of them. */
export function consentNeeded(rebuilt: Reconstruction, observation: Observation): string[] {
  const kinds = new Set(rebuilt.problems.map((problem) => problem.kind));
  const needs: string[] = [];
  if (kinds.has('not sealable') || kinds.has('successor named, not found'))
    needs.push(`--accept-loss ${rebuilt.logId}`);
  const others = [...kinds].filter(
    (kind) => kind !== 'not sealable' && kind !== 'successor named, not found',
  );
  if (others.length > 0) needs.push(`--accept-unproven ${rebuilt.logId}`);
  if (rebuilt.end !== undefined && oldControlPlaneCouldExtend(rebuilt.end, observation))
    needs.push('--old-metastore-destroyed');
  return needs;
}

/**
 * Silent servers are not fenced, and a stopped one whose directory was read is not either. If these can host a
 * successor and no repository fence stands, the old MetaStore could still extend the old chain there.
 */
function oldControlPlaneCouldExtend(end: EndOfChain, { servers, chains }: Observation): boolean {
  const { proof, tip, dropped } = end;
  if (proof.kind === 'unsealed on a commit quorum' || proof.kind === 'repository fence') return false;
  if (proof.kind === 'none' && (proof.undecided.length > 0 || proof.beyond.length > 0)) return true;
  const unfenced = servers.filter(
    ({ answer }) => answer.kind === 'silent' || (answer.kind === 'answered' && answer.offline),
  );
  // The old register may hold what we drop: it would extend that, under that one's rules.
  return [tip, ...dropped].some((facts) => {
    const rules = successorTerms(facts, chains)?.nextRules;
    return rules === undefined ? unfenced.length > 0 : canHostSuccessor(rules, unfenced);
  });
}

export function isGiven(flag: string, consent: Consent): boolean {
  const [name, log] = flag.split(' ');
  if (name === '--accept-loss') return consent.acceptLoss.has(log as LogId);
  if (name === '--accept-unproven') return consent.acceptUnproven.has(log as LogId);
  return consent.oldMetaStoreDestroyed;
}
