import { expect, it } from 'vitest';
import { NO_EVIDENCE } from '../../../src/codec/evidenceOptions.ts';
import { decodePlanFile, encodePlanFile } from '../../../src/codec/plans/planFile.ts';
import { planAdmit } from '../../../src/operations/admit/plan.ts';
import { planFence } from '../../../src/operations/fence/plan.ts';
import { observe } from '../../../src/operations/observe/observe.ts';
import { lookAtReconfigure } from '../../../src/operations/reconfigure/look.ts';
import { planReconfigure } from '../../../src/operations/reconfigure/plan.ts';
import { planRetire } from '../../../src/operations/retire/plan.ts';
import { lookAtSeal } from '../../../src/operations/seal/look.ts';
import { planSeal } from '../../../src/operations/seal/plan.ts';
import { LOG, payloads, TestCluster } from '../../support/cluster.ts';
import { operationsOn, planned } from '../../support/recovery.ts';

/** One plan of every kind, of a cluster that has something to do. */
async function everyKind() {
  const world = await TestCluster.start();
  await world.client().append(payloads('a', 'b'));
  const ops = operationsOn(world);
  const [one] = [...world.servers.keys()];
  if (one === undefined) throw new Error('no server');
  const cluster = { id: ops.clusterId, name: ops.name };
  const observation = await observe(ops);
  const about = { observation, clusterName: ops.name, server: one };
  const consent = { acceptLoss: new Set([LOG]), metaStoreDown: false, destroyed: true };
  const evidence = { ...NO_EVIDENCE, dataDirs: ['/data/s1'], into: 'http://127.0.0.1:1' };
  const plans = [
    await planned(ops),
    planSeal({ cluster, situation: await lookAtSeal(ops, { logId: LOG }), consent }),
    planReconfigure({ cluster, situation: await lookAtReconfigure(ops, LOG, {}), wish: { nodesetSize: 2 } }),
    planFence({ observation, clusterName: ops.name }),
    planAdmit({ ...about, repositoryKnows: false }),
    planRetire({ ...about, consent }),
  ];
  return plans.map((plan) => ({ plan, evidence }));
}

it('gives back every kind of plan as it was, with its evidence', async () => {
  for (const kept of await everyKind()) expect(decodePlanFile('a file', encodePlanFile(kept))).toEqual(kept);
});

it('refuses a plan in which any value was changed', async () => {
  for (const kept of await everyKind()) {
    const text = encodePlanFile(kept);
    const values = [...text.matchAll(/: ("[^"]*"|\d+|true|false)/g)];
    expect(values.length).toBeGreaterThan(10);
    for (const found of values) {
      const [whole, value = ''] = found;
      const other =
        value === 'true' ? 'false' : value === 'false' ? 'true' : value.replace(/[0-9a-zA-Z]/, 'Z');
      if (other === value) continue;
      const changed =
        text.slice(0, found.index) + whole.replace(value, other) + text.slice(found.index + whole.length);
      expect(() => decodePlanFile('a file', changed), whole).toThrow(/not a plan that can be applied/);
    }
  }
});

it('refuses what is no plan, and one with something added', async () => {
  const [kept] = await everyKind();
  if (kept === undefined) throw new Error('no plan');
  const more = JSON.stringify({ ...JSON.parse(encodePlanFile(kept)), more: 1 });
  for (const text of ['', '{}', '[]', 'null', '{"kind":"seal"}', more])
    expect(() => decodePlanFile('a file', text)).toThrow(/Nothing was changed/);
});
