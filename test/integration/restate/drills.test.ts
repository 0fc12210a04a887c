import { describe, expect, it } from 'vitest';
import { isRestate } from '../../../src/drill/scenario.ts';
import { SCENARIOS } from '../../../src/drill/scenarios.ts';
import { runCli } from '../../support/cli.ts';
import { validated } from '../../support/inProcess.ts';
import { needs } from '../../support/programs.ts';

interface Drill {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly rtoMs: number | null;
  readonly ackedEntries: number;
  readonly lostEntries: number;
  readonly statedLoss: readonly unknown[];
}

describe('led out of by its playbook, unattended, with every counter as its callers were told:', () => {
  for (const { name, expect: truth, cluster } of SCENARIOS.filter(isRestate))
    it.skipIf(cluster.metaStores[0] === 'etcd' && !needs('etcd'))(name, async () => {
      const ran = await runCli(['drill', 'run', name, '--seed', '7', '--json']);
      const drill = validated<Drill>('drill-run', ran.stdout);
      expect(drill.problems, ran.stderr).toEqual([]);
      expect([drill.ok, ran.code]).toEqual([true, 0]);
      expect(drill.ackedEntries).toBeGreaterThan(0);
      expect(drill.rtoMs).not.toBeNull();
      // A loss is never accepted unless it was stated, whether it then was one or not.
      if (truth.loss === 'as stated') expect(drill.statedLoss).not.toEqual([]);
      else expect(drill.lostEntries).toBe(0);
    });
});
