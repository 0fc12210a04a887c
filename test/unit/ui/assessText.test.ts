import { expect, it } from 'vitest';
import { assess } from '../../../src/operations/assess/assess.ts';
import { lookAt } from '../../../src/operations/assess/look.ts';
import { planRepair } from '../../../src/operations/repair/plan.ts';
import { verify } from '../../../src/operations/verify/verify.ts';
import { assessLine, assessText } from '../../../src/ui/text/assess.ts';
import { repairText } from '../../../src/ui/text/plans/repair.ts';
import { verifyText } from '../../../src/ui/text/verify.ts';
import { payloads, TestCluster } from '../../support/cluster.ts';
import { operationsOn } from '../../support/recovery.ts';

async function grown(segments: number) {
  const cluster = await TestCluster.start({ servers: 5 });
  const client = cluster.client();
  for (let segment = 0; segment < segments; segment += 1) {
    if (segment > 0) await client.reconfigure();
    await client.append(payloads('a', 'b'));
  }
  return { cluster, ops: operationsOn(cluster) };
}

it('a healthy cluster, a long chain abridged', async () => {
  const { ops } = await grown(9);
  expect(assessText(await assess(ops))).toMatchInlineSnapshot(`
    "test: OK, nothing is wrong (generation 1)

    MetaStore   OK    memory
    LogServers  OK    s1, s2, s3, s4, s5
    Backup      none

    Log 1: OK, takes appends; tail 18; version 9
      0    OK    sealed, 0 to 2, all; all 3 answer
      …  7 sealed segments, whole
      8    OK    active, 16 on, all; all 3 answer
      3 more losses would make it unsealable.
      Lost now: nothing.
      If the MetaStore were lost now: its chain is proven by what answers.

      INFO     BACKUP_MISSING: No repository is configured: if the MetaStore is
               lost, the chains must be proven from the loglets alone.

    Next: nothing to do."
  `);
  expect(assessLine(await assess(ops))).toBe('OK test 1@18');
});

it('a lost MetaStore and a dead server: the worst first, the next command last', async () => {
  const { cluster, ops } = await grown(3);
  cluster.metaStore.lose();
  cluster.server('s2').kill();
  const text = assessText(await assess(ops));
  expect(text).toMatchInlineSnapshot(`
    "test: CRITICAL, 2 critical, 2 to look at (generation 1)
      CRITICAL METASTORE_LOST: The register of log 1 is empty, and 3 segments of it
               exist. Its chain can be rebuilt: unproven. No entry is gone with it;
               do not create the log again.
      CRITICAL LOG_NOT_WRITABLE: Log 1 takes no appends: without s2 its last loglet
               has no commit quorum. It can be sealed, and go on in a new loglet.
      WARN     SERVER_UNREACHABLE: s2 does not answer (s2 inventory: the server is
               down). It has copies of 2 segments; it serves the last loglet of log
               1.
      WARN     SEGMENT_UNDER_REPLICATED: 1 sealed segment of log 1 (0) has fewer
               whole copies than members among the servers that answer.

    MetaStore   LOST  memory
    LogServers  OK    s1, s3, s4, s5
                WARN  unreachable: s2
    Backup      none

    Log 1: WARN, takes no appends (members missing); tail 4 to 6; possibly version 3
      Its chain as servers and backups give it, the MetaStore does not:
      0    WARN  sealed, 0 to 2, all; without s2
      1    OK    sealed, 2 to 4, all; all 3 answer
      2    WARN  active, 4 on, all; without s2
      2 more losses would make it unsealable.
      NOT KNOWN from what answers: from 4 on
      Stored, perhaps not acknowledged, kept: 4 to 6
      WARN A rebuild now: unproven. A successor of segment 2 could lie on servers
           that did not witness: s2 (silent).

      INFO     BACKUP_MISSING: No repository is configured: if the MetaStore is
               lost, the chains must be proven from the loglets alone.

    Next: \`vlog-dr rebuild-metastore --from-loglets\` (playbook metastore-lost)"
  `);
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

it('what was read back, and what is wrong with it', async () => {
  const { cluster, ops } = await grown(2);
  const [segment] = (await cluster.client().chain()).segments;
  const [member] = segment?.nodeset ?? [];
  if (segment === undefined || member === undefined) throw new Error('no segment');
  cluster.server(member.serverId).disk.damage(segment.logletId, 1n);
  expect(verifyText(await verify(ops))).toMatchInlineSnapshot(`
    "test: WARN, nothing is lost, and something is to be done
    Read 11 entries (11 B) of 6 copies: 4 positions of 2 segments in 1 log.
    Held against each other: 6 descriptors, 0 snapshots.
      WARN DAMAGED: s1 holds damaged entries of segment 0 of log 1: position 1. They
           are not served. (1 to 2)

    Next: \`vlog-dr repair\`"
  `);
  const plan = planRepair({ cluster: { id: ops.clusterId, name: ops.name }, look: await lookAt(ops) });
  expect(repairText(plan).replace(plan.planId.slice(0, 12), 'PLAN')).toMatchInlineSnapshot(`
    "Plan PLAN for test: repair 1 segment

    What will be done:
      1. Replace 1 damaged entries in segment 0 of log 1 on s1, from s2, s3.

    Next: the same command with --apply"
  `);
});
