import { describe, expect, it } from 'vitest';
import type { SealPlan } from '../../../src/codec/plans/seal.ts';
import { lastSegment } from '../../../src/core/chain.ts';
import { PortError } from '../../../src/core/errors.ts';
import { logletId } from '../../../src/core/ids.ts';
import type { Cluster } from '../../../src/operations/cluster.ts';
import { applySeal } from '../../../src/operations/seal/apply.ts';
import { lookAtSeal } from '../../../src/operations/seal/look.ts';
import { planSeal, type SealConsent } from '../../../src/operations/seal/plan.ts';
import { LOG, payloads, TestCluster, texts } from '../../support/cluster.ts';
import { around } from '../../support/faults.ts';
import { aJournal, killedEverywhere } from '../../support/journals.ts';
import { operationsOn } from '../../support/recovery.ts';

const LOSS: SealConsent = { acceptLoss: new Set([LOG]), metaStoreDown: false };

async function sealPlan(ops: Cluster, consent: Partial<SealConsent> = {}, id?: string): Promise<SealPlan> {
  const request = { logId: LOG, ...(id !== undefined && { logletId: logletId(id) }) };
  return planSeal({
    cluster: { id: ops.clusterId, name: ops.name },
    situation: await lookAtSeal(ops, request),
    consent: { acceptLoss: new Set(), metaStoreDown: false, ...consent },
  });
}

/** A majority log whose last entry is missing on one member, and which lost a majority of the last nodeset. */
async function beyondQuorum(): Promise<TestCluster> {
  const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
  const client = cluster.client();
  await client.append(payloads('a', 'b'));
  const sequencer = await cluster.sequencer();
  const [first] = (await cluster.members()).filter((member) => member !== sequencer);
  first?.kill();
  await client.append(payloads('late'));
  sequencer.kill();
  return cluster;
}

function withoutMetaStore(ops: Cluster): Cluster {
  const metaStore = around(ops.metaStore, () => {
    throw new PortError('unavailable', { subject: 'metastore', message: 'it is down' });
  });
  return { ...ops, metaStore };
}

describe('a loglet is sealed by force', () => {
  it('with one survivor under `all`, and the log ends where that one says', async () => {
    const cluster = await TestCluster.start();
    await cluster.client().append(payloads('a', 'b'));
    const [first, second] = await cluster.members();
    first?.kill();
    second?.kill();
    const ops = operationsOn(cluster);
    const plan = await sealPlan(ops);
    expect(plan).toMatchObject({ decision: 'apply', sealable: true, lossesUntilUnsealable: 1, tail: 2n });
    const result = await applySeal({ cluster: ops, plan, journal: aJournal(ops) });
    expect(result).toMatchObject({ tail: 2n, underReplicated: true });
    expect(await sealPlan(ops)).toMatchObject({ decision: 'nothing to do' });
  });

  it('never while a plan is only made', async () => {
    const cluster = await TestCluster.start();
    await sealPlan(operationsOn(cluster));
    const appended = await cluster.client().append(payloads('a'));
    expect(appended).toMatchObject({ outcome: 'acknowledged' });
  });

  it('beyond quorum only with consent; the loss is recorded, and the successor starts there', async () => {
    const cluster = await beyondQuorum();
    const ops = operationsOn(cluster);
    const refused = await sealPlan(ops);
    expect(refused).toMatchObject({ decision: 'refuse', sealable: false, needs: [`--accept-loss ${LOG}`] });
    expect(refused.wouldSettle.length).toBeGreaterThan(0);
    const plan = await sealPlan(ops, LOSS);
    expect(plan.decision).toBe('apply');
    const result = await applySeal({ cluster: ops, plan, journal: aJournal(ops) });
    expect(result.lossFrom).toBe(3n);
    const chain = await cluster.metaStore.get(LOG);
    expect(chain && lastSegment(chain).loss).toMatchObject({ from: 3n });
    const next = await cluster.client().reconfigure();
    expect(lastSegment(next.chain).start).toBe(3n);
    expect(await texts(cluster.client())).toEqual(['a', 'b', 'late']);
  });

  it('refuses on apply when servers went silent since the plan, naming who would settle it', async () => {
    const cluster = await TestCluster.start({ durability: { kind: 'majority' } });
    const ops = operationsOn(cluster);
    const plan = await sealPlan(ops);
    for (const member of (await cluster.members()).slice(0, 2)) member.kill();
    await expect(applySeal({ cluster: ops, plan, journal: aJournal(ops) })).rejects.toMatchObject({
      code: 'E_UNSEALABLE',
      context: { wouldSettle: expect.arrayContaining([expect.any(Array)]) },
    });
  });

  it('is refused while the MetaStore takes no writes, unless that is said', async () => {
    const cluster = await TestCluster.start();
    await cluster.client().append(payloads('a'));
    const ops = withoutMetaStore(operationsOn(cluster));
    const refused = await sealPlan(ops);
    expect(refused).toMatchObject({
      decision: 'refuse',
      needs: ['--metastore-down'],
      chain: { from: 'loglets and caches' },
    });
    const plan = await sealPlan(ops, { metaStoreDown: true });
    expect(await applySeal({ cluster: ops, plan, journal: aJournal(ops) })).toMatchObject({ tail: 1n });
    // Once the MetaStore is back, the log goes on from there.
    const next = await cluster.client().reconfigure();
    expect(lastSegment(next.chain).start).toBe(1n);
  });

  it('is out of date when another client went on since', async () => {
    const cluster = await TestCluster.start();
    const ops = operationsOn(cluster);
    const plan = await sealPlan(ops);
    await cluster.client().reconfigure();
    await expect(applySeal({ cluster: ops, plan, journal: aJournal(ops) })).rejects.toMatchObject({
      code: 'E_PLAN_OUT_OF_DATE',
    });
    const appended = await cluster.client().append(payloads('a'));
    expect(appended).toMatchObject({ outcome: 'acknowledged' });
  });

  it('leaves an earlier loglet’s end alone', async () => {
    const cluster = await TestCluster.start();
    await cluster.client().append(payloads('a'));
    const first = (await cluster.metaStore.get(LOG))?.segments[0]?.logletId;
    await cluster.client().reconfigure();
    const plan = await sealPlan(operationsOn(cluster), {}, first);
    expect(plan).toMatchObject({ place: 'earlier', tail: 1n, decision: 'nothing to do' });
  });
});

describe.each([
  { name: 'a member lost', start: startWithOneLost, consent: {} },
  { name: 'beyond quorum, loss accepted', start: beyondQuorum, consent: LOSS },
])('a seal that is killed and resumed ($name)', ({ start, consent }) => {
  it.each([false, true])(
    'ends as one that was not, at every call (the last one happened: %s)',
    async (happens) => {
      const story = {
        start,
        plan: (ops: Cluster) => sealPlan(ops, consent),
        apply: (ops: Cluster, plan: SealPlan, journal: ReturnType<typeof aJournal>) =>
          applySeal({ cluster: ops, plan, journal }),
        end: endOf,
      };
      const { ends, calls } = await killedEverywhere(story, happens);
      expect(calls).toBeGreaterThan(5);
      expect([...ends]).toHaveLength(1);
    },
  );
});

async function startWithOneLost(): Promise<TestCluster> {
  const cluster = await TestCluster.start();
  await cluster.client().append(payloads('a', 'b'));
  (await cluster.sequencer()).kill();
  return cluster;
}

/** The register, and what every member that lives says of the last loglet. */
async function endOf(cluster: TestCluster): Promise<unknown> {
  const chain = await cluster.metaStore.get(LOG);
  const id = chain && lastSegment(chain).logletId;
  const members = (await cluster.members()).filter((member) => member.running);
  const states = await Promise.all(
    members.map(async (member) => {
      const answer = (await member.states(id === undefined ? [] : [id]))[0]?.answer;
      return answer?.ok ? [member.serverId, answer.value.sealed, answer.value.localTail] : [member.serverId];
    }),
  );
  return { version: chain?.version, loss: chain && lastSegment(chain).loss, states };
}
