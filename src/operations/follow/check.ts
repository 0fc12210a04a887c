import type { Chain } from '../../core/chain.ts';
import type { Alarms } from './alarms.ts';
import type { FollowDeps } from './deps.ts';
import type { LogFollower } from './logFollower.ts';
import { registerStanding, versionsBehind } from './standing.ts';
import { lookForSecondWriter } from './writers.ts';

export interface CheckParts {
  readonly deps: FollowDeps;
  readonly alarms: Alarms;
  readonly isUnsafe: boolean;
}

/**
 * Holds the register of one log against the repository. What the repository has is looked at *before* the register is
 * read: a register that is older than that went backwards, whatever happened in between.
 */
export async function checkLog({ deps, alarms, isUnsafe }: CheckParts, follower: LogFollower): Promise<void> {
  const { status } = follower;
  if (isUnsafe) await lookForSecondWriter(deps.snapshots, alarms, status);
  const held = status.held?.chain;
  const register = await deps.cluster.metaStore.get(status.logId);
  status.registerVersion = register?.version;
  count(deps, follower, register);
  switch (registerStanding(register, held)) {
    case 'lost':
      if (held !== undefined) alarms.raise('lost', status.logId, lostMessage(deps, held));
      return;
    case 'older':
      alarms.raise('backwards', status.logId, backwardsMessage(deps, held, register));
      if (register !== undefined) await follower.passed(register);
      return;
    case 'diverged':
      if (register !== undefined) await follower.keepBeside(register);
      return;
    default:
      alarms.clear(status.logId, 'lost', 'backwards', 'diverged');
  }
}

function count({ cluster }: FollowDeps, { status }: LogFollower, register: Chain | undefined): void {
  // Again from what is held now: it may have come in while the register was read.
  status.behind = register === undefined ? 0 : versionsBehind(register, status.held?.chain);
  if (status.behind === 0) status.behindSince = undefined;
  else status.behindSince ??= cluster.clock.now();
}

function lostMessage({ snapshots }: FollowDeps, held: Chain): string {
  return `The register of log ${held.logId} is empty, and ${snapshots.repository.url} has version ${held.version}: the MetaStore lost it. The snapshots are untouched. Do not create the log again: run \`vlog-dr rebuild-metastore --from-loglets\`.`;
}

function backwardsMessage(
  { snapshots }: FollowDeps,
  held: Chain | undefined,
  register: Chain | undefined,
): string {
  return `The MetaStore went backwards: the register of log ${held?.logId} is at version ${register?.version} of generation ${register?.generation.number}, and ${snapshots.repository.url} has version ${held?.version} of generation ${held?.generation.number}. The snapshots are untouched, and what the register holds now is no backup. Run \`vlog-dr assess\` before anything is written to this cluster.`;
}
