import { expect, it } from 'vitest';
import { rebuildText } from '../../../src/ui/text/plans/rebuild.ts';
import { payloads, TestCluster } from '../../support/cluster.ts';
import { operationsOn, planned } from '../../support/recovery.ts';

/** A log of twenty segments. */
async function long(): Promise<TestCluster> {
  const cluster = await TestCluster.start();
  const client = cluster.client();
  for (let segment = 0; segment < 20; segment += 1) {
    if (segment > 0) await client.reconfigure();
    await client.append(payloads(`${segment}`));
  }
  return cluster;
}

it('abridges a long chain to its ends, and says how much is left out', async () => {
  const text = rebuildText(await planned(operationsOn(await long())));
  expect(text).toMatch(/^ {2}0 {2}0 to 1 {2}SEALED/m);
  expect(text).toMatch(/^ {2}… 18 sealed segments, whole and proven$/m);
  expect(text).toMatch(/^ {2}19 {2}19 on {2}ACTIVE/m);
});

it('shows what may be lost, who would settle it, and the flags that accept it, without colour', async () => {
  const cluster = await long();
  for (const member of await cluster.members()) member.kill();
  const text = rebuildText(await planned(operationsOn(cluster)));
  expect(text).toMatch(/^Log 1: UNPROVEN, cannot be applied as it stands$/m);
  expect(text).toMatch(/^ {2}POSSIBLY LOST: /m);
  expect(text).toMatch(/^ {2}The return of any of these would settle it: /m);
  expect(text).toMatch(/^ {2}Applied only with: .*--accept-/m);
});
