import type { LogId } from '../../src/core/ids.ts';
import { type RunRecord, runSeed } from './run.ts';
import type { Scenario } from './scenario.ts';

/**
 * Invariant 8 as a comparison: one seed up to its disaster, then once a recovery that nobody disturbs, and once one that
 * is killed at a drawn call, before or after that call happened, and run again or resumed with the same responders. Both
 * must decide the same, and leave the same log.
 */
export async function differencesOfAKill(profile: string, seed: number): Promise<string[]> {
  const undisturbed = await runSeed(profile, seed, { change: (drawn) => quiet(drawn, 0) });
  const killed = await runSeed(profile, seed, { change: (drawn) => quiet(drawn, 1) });
  const wrong = [...undisturbed.violations, ...killed.violations].map((one) => one.message);
  if (!killed.record.recoveries.some((one) => one.killed)) return wrong;
  const [left, right] = [stateOf(undisturbed.record), stateOf(killed.record)];
  return left === right ? wrong : [...wrong, `undisturbed: ${left}`, `killed: ${right}`];
}

/** Nothing but the kill may differ: who answers is settled at the disaster, and nobody is lucky or unlucky with a message. */
function quiet(drawn: Scenario, recoveryKills: number): Scenario {
  const none = Object.fromEntries(Object.keys(drawn.budget).map((kind) => [kind, 0]));
  return {
    ...drawn,
    budget: none as unknown as Scenario['budget'],
    weather: { lost: 0, twice: 0, late: 0, spreadMs: 4 },
    disaster: 'lost',
    crashAtCommit: 0,
    cutStreams: 0,
    operators: 1,
    recoveryKills,
    consents: false,
    returns: false,
    lateWipes: 0,
    chores: 0,
    repositoryDelayMs: 0,
    lifeAfter: false,
  };
}

/** What the operator is left with: the old segments as the register has them, and all that was ever written before. */
function stateOf({ world, content, recoveries }: RunRecord): string {
  const before = new Set(
    world.oracle.installed
      .filter(({ metaStore }) => metaStore === 'metastore')
      .flatMap(({ chain }) => chain.segments.map((one) => one.logletId)),
  );
  const segments = (log: LogId) =>
    world.oracle
      .registerAt('rebuilt', log)
      ?.segments.filter((one) => before.has(one.logletId))
      .map((one) => `${one.logletId} ${one.start}-${one.end ?? 'open'}`);
  const entries = (log: LogId) => [...(content.get(log) ?? [])].map((pair) => pair.join(' '));
  const verdicts = [...new Set(recoveries.flatMap((one) => one.plan?.logs.map((log) => log.verdict) ?? []))];
  return JSON.stringify(
    world.logIds.map((log) => ({ log, verdicts, segments: segments(log), entries: entries(log) })),
  );
}
