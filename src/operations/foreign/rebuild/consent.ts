import type { NewEtcd } from '../../../codec/plans/registers.ts';
import type { RebuiltSet } from '../../../core/restate/rebuildSet.ts';
import { sameAddress } from '../../../core/restate/setEvidence.ts';
import { mayLive } from '../forceNewCluster/words.ts';
import type { ForeignObservation } from '../observe/observe.ts';
import type { RegistersConsent } from './plan.ts';

/** The flags that an operator must give, each for its own risk; `--yes` implies none of them. */
export function consentNeeded(
  rebuilt: RebuiltSet,
  observation: ForeignObservation,
  newEtcd?: NewEtcd,
): string[] {
  const needs = rebuilt.logs.flatMap(({ logId, problems }) => [
    ...(problems.some(({ weighs }) => weighs === 'loss') ? [`--accept-loss ${logId}`] : []),
    ...(problems.some(({ weighs }) => weighs === 'unproven') ? [`--accept-unproven ${logId}`] : []),
  ]);
  if (rebuilt.unknowns.some(({ guessed }) => guessed)) needs.push('--accept-unproven cluster');
  const mayReturn = newEtcd !== undefined && mayLive(newEtcd).length > 0;
  if (mayReturn || oldStoreCouldReturn(rebuilt, observation)) needs.push('--old-metastore-destroyed');
  return needs;
}

/** Silent nodes that held a majority of the lost store: back with its data, they would be a second control plane. */
function oldStoreCouldReturn({ nodes }: RebuiltSet, { store, nodes: answers }: ForeignObservation): boolean {
  if (store.kind !== 'builtin' || store.state !== 'lost') return false;
  const members = nodes.filter(({ metadataState }) => metadataState === 'member');
  const answering = answers.filter(({ answer }) => answer.kind === 'answered');
  const silent = members.filter(({ address }) => !answering.some((one) => sameAddress(one.address, address)));
  return members.length > 0 && silent.length > members.length / 2;
}

export function isGiven(flag: string, consent: RegistersConsent): boolean {
  const [name, what = ''] = flag.split(' ');
  if (name === '--accept-loss') return consent.acceptLoss.has(what);
  if (name === '--accept-unproven') return consent.acceptUnproven.has(what);
  return consent.oldMetaStoreDestroyed;
}
