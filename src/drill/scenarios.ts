import { usageError } from '../cli/options.ts';
import { DrError } from '../core/errors.ts';
import { etcdProgram } from '../sandbox/etcd.ts';
import { type AnyScenario, isRestate } from './scenario.ts';
import { lostMajority } from './scenarios/lostMajority.ts';
import { lostMetaStore } from './scenarios/lostMetaStore.ts';
import { lostMetaStoreBackup } from './scenarios/lostMetaStoreBackup.ts';
import {
  lostSegment,
  lostSegmentReturns,
  lostZone,
  movedLog,
  returnedServer,
  thinCopies,
} from './scenarios/lostServers.ts';
import {
  restateLostEtcd,
  restateLostLogServers,
  restateLostMetadata,
  restateNaiveProvision,
  restateSilentLogServers,
  restateStaleBackup,
  restateStuckLog,
} from './scenarios/restate.ts';
import { badDisk, lostRepository, stuckLog, testRestore } from './scenarios/smallAccidents.ts';
import { splitBrain } from './scenarios/splitBrain.ts';
import { staleMetaStore } from './scenarios/staleMetaStore.ts';
import { unsealableLoss, unsealableWait } from './scenarios/unsealable.ts';

/** At least one for each playbook that comes with the program. */
export const SCENARIOS: readonly AnyScenario[] = [
  ...[lostMetaStore, lostMetaStoreBackup, lostMajority, staleMetaStore, splitBrain],
  ...[unsealableWait, unsealableLoss, lostSegment, lostSegmentReturns, lostZone, stuckLog],
  ...[returnedServer, thinCopies, badDisk, lostRepository, movedLog, testRestore],
  ...[restateLostMetadata, restateNaiveProvision, restateStaleBackup, restateLostEtcd],
  ...[restateSilentLogServers, restateLostLogServers, restateStuckLog],
];

export function findScenario(name: string): AnyScenario {
  const found = SCENARIOS.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw usageError(`There is no scenario ${name}; there are ${SCENARIOS.map((one) => one.name).join(', ')}.`);
}

/** The program without which a scenario cannot be played here. */
export async function missingFor(scenario: AnyScenario): Promise<string | null> {
  if (isRestate(scenario) && (await isMissing(restateProgram))) return 'restate-server';
  return scenario.cluster.metaStores[0] === 'etcd' && (await isMissing(etcdProgram)) ? 'etcd' : null;
}

export async function restateProgram(): Promise<string> {
  const { serverProgram } = await import('../drivers/restate/program.ts');
  return await serverProgram();
}

async function isMissing(find: () => Promise<string>): Promise<boolean> {
  try {
    await find();
    return false;
  } catch (error) {
    if (error instanceof DrError) return true;
    throw error;
  }
}
