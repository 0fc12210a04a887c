import { describe, expect, it } from 'vitest';
import type { Playbook } from '../../../src/codec/playbook.ts';
import type { PlaybookEvent } from '../../../src/codec/playbookEvents.ts';
import { approvalCode } from '../../../src/playbook/approval.ts';
import { shippedPlaybooks } from '../../support/playbooks.ts';
import { outOfDate, ScriptedHands, seen, walked } from '../../support/scriptedHands.ts';

const shipped = [...shippedPlaybooks().values()];
const lost = shipped.find(({ id }) => id === 'metastore-stale') as Playbook;

describe('with a second person', () => {
  const TWO = { twoPerson: true };
  const answers = (code: string) => ({
    schemaVersion: 1 as const,
    playbook: lost.id,
    answers: { 'rebuild.approval': code },
  });

  /** Until nobody can be asked for the approval; answers the plan that was put up for it. */
  async function askedForApproval() {
    const cluster = new ScriptedHands(seen(['METASTORE_STALE']));
    const run = { playbook: lost, hands: cluster.hands(), events: [] as PlaybookEvent[] };
    const refused = walked(run, TWO);
    await expect(refused).rejects.toMatchObject({ code: 'E_NO_INPUT' });
    await expect(refused).rejects.toThrow(/approval code/);
    return { cluster, run };
  }

  it('the plan that was approved while the playbook was interrupted is the one that is applied', async () => {
    const { cluster, run } = await askedForApproval();
    cluster.onApply = () => {
      cluster.sight = seen([]);
    };
    await walked(run, { ...TWO, answers: answers(approvalCode('plan 1')) });
    expect(cluster.applied).toEqual(['plan 1']);
    expect(cluster.planned).toHaveLength(1);
  });

  it('an approval that was given before an interruption is not asked for again', async () => {
    const { cluster, run } = await askedForApproval();
    const approved = { ...TWO, yes: false, answers: answers(approvalCode('plan 1')) };
    await expect(walked(run, approved)).rejects.toThrow(/Apply\?/);
    cluster.onApply = () => {
      cluster.sight = seen([]);
    };
    await walked(run, TWO);
    expect(cluster.applied[0]).toBe('plan 1');
    expect(cluster.said).toContain('was approved before');
  });

  it('a plan that no longer holds is made anew, and says that it needs an approval of its own', async () => {
    const { cluster, run } = await askedForApproval();
    cluster.onApply = outOfDate;
    const old = walked(run, { ...TWO, answers: answers(approvalCode('plan 1')) });
    await expect(old).rejects.toMatchObject({ code: 'E_CONSENT_MISSING' });
    await expect(old).rejects.toThrow('`vlog-dr playbook approve plan 2.json` prints');
    expect(cluster.said).toContain('The approval was for the old plan: the new one needs its own.');
    cluster.onApply = () => {
      cluster.sight = seen([]);
    };
    await walked(run, { ...TWO, answers: answers(approvalCode('plan 2')) });
    expect(cluster.applied[0]).toBe('plan 2');
  });

  it('alone, an interrupted step is planned again: nobody rests on the old plan', async () => {
    const cluster = new ScriptedHands(seen(['METASTORE_STALE']));
    const run = { playbook: lost, hands: cluster.hands(), events: [] as PlaybookEvent[] };
    await expect(walked(run, { yes: false })).rejects.toMatchObject({ code: 'E_NO_INPUT' });
    cluster.onApply = () => {
      cluster.sight = seen([]);
    };
    await walked(run);
    expect(cluster.applied[0]).toBe('plan 2');
  });
});

describe('a walk with plans only', () => {
  it.each(shipped.map((playbook) => [playbook.id, playbook] as const))(
    '%s: comes to its end, asks nobody, and changes nothing',
    async (_, playbook) => {
      const [driver = 'native'] = playbook.drivers;
      const cluster = new ScriptedHands(seen(findingsOf(playbook), { driver, kind: kindOf(playbook) }));
      const run = { playbook, hands: cluster.hands(), events: [] as PlaybookEvent[] };
      const { outcome, events } = await walked(run, { dryRun: true });
      expect(outcome).toBe('done');
      const finished = events.filter(({ type }) => type === 'finished');
      expect(finished).toHaveLength(playbook.steps.length);
      expect([cluster.applied, cluster.ran]).toEqual([[], []]);
    },
  );

  it('tells of a manual step what would be done, and what it waits for', async () => {
    const repository = shipped.find(({ id }) => id === 'repository-lost') as Playbook;
    const cluster = new ScriptedHands(seen(['REPOSITORY_UNREACHABLE']));
    await walked({ playbook: repository, hands: cluster.hands(), events: [] }, { dryRun: true });
    expect(cluster.said).toContain('You would be asked to do this:');
    expect(cluster.said.replace(/\s+/g, ' ')).toContain('when this is no longer so: REPOSITORY_UNREACHABLE');
    expect(cluster.said).toContain('backups verify');
  });

  it('tells which answers it lacks, and where the playbook would end', async () => {
    const moved = shipped.find(({ id }) => id === 'move-log') as Playbook;
    const cluster = new ScriptedHands(seen([]));
    await walked({ playbook: moved, hands: cluster.hands(), events: [] }, { dryRun: true });
    expect(cluster.said).toContain('it would ask: Which servers does it leave?');
    expect(cluster.said).toMatch(/not planned now, .*The\s+answer to servers\./);
    const brain = shipped.find(({ id }) => id === 'split-brain') as Playbook;
    const forked = new ScriptedHands(seen(['FORK']));
    await walked({ playbook: brain, hands: forked.hands(), events: [] }, { dryRun: true });
    expect(forked.said).toContain('Dry run: the playbook would end here.');
  });
});

function findingsOf({ appliesWhen: { finding, any } }: Playbook): readonly string[] {
  return (finding ?? any?.find((one) => one.finding)?.finding ?? []).slice(0, 1);
}

function kindOf({ id }: Playbook): string {
  return /majority|etcd/.test(id) ? 'etcd' : 'file';
}
