import { expect } from 'vitest';
import { expectContinued, type RestateSandbox } from '../restate.ts';
import { killALeader, watchForPanics } from './panics.ts';

export interface Applied {
  readonly applied: boolean;
  readonly verdict: string;
  readonly nodes: readonly { readonly setAside: boolean }[];
}

/**
 * The store is lost for good and made again, while calls go on: none fails, the chains are the old ones, both logs
 * reconfigure, no node panics, also when a leader dies. Ends with every counter held against what its callers were told.
 */
export async function rebuiltUnderLoad(sandbox: RestateSandbox): Promise<Applied> {
  const load = sandbox.startLoad();
  await sandbox.until(load, 100);
  await sandbox.settled();
  const before = await sandbox.chains();
  await sandbox.cli.must(0, 'sandbox', 'lose-metastore');
  await sandbox.until(load, 100);
  const rebuild = ['rebuild-metastore', '--apply', '--yes', '--from-loglets'];
  const applied = await sandbox.cli.json<Applied>(0, ...rebuild);
  expect(applied).toMatchObject({ applied: true, verdict: 'proven' });
  expectContinued(await sandbox.chains(), before);
  await sandbox.until(load, 100);
  for (const logId of [0, 1]) await sandbox.reconfigure(logId);
  await sandbox.until(load, 100);
  await watchForPanics(sandbox);
  await sandbox.stopLoad();
  expect(load.unknown, load.whyUnknown).toBe(0);
  await killALeader(sandbox);
  for (const one of await sandbox.counters()) expect(one.verdict).toMatch(/equal|within/);
  expect(await sandbox.panics()).toEqual([]);
  return applied;
}
