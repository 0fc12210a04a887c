import { describe, expect, test } from 'vitest';
import { assessForeign } from '../../../../src/operations/foreign/assess/assess.ts';
import type { NodeHands } from '../../../../src/ports/ForeignCluster.ts';
import { htmlPage } from '../../../../src/ui/html/page.ts';
import { foreignAssessReport } from '../../../../src/ui/report/foreignAssess.ts';
import { exists, type Standing, standingCluster } from '../../../support/restate/standingCluster.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const hands = { hands: 'operator', places: [] } as unknown as NodeHands;
const HELD = { 1: [exists(1n, 9n)], 2: [exists(1n, 9n)], 3: [exists(1n, 9n)] };

async function assess(standing: Partial<Standing>) {
  const cluster = standingCluster({ held: HELD, tail: 10n, ...standing });
  const assessment = await assessForeign({ name: 'lab', cluster, hands }, new VirtualClock());
  return { ...assessment, assessment, codes: assessment.findings.map(({ code }) => code) };
}

describe('assess, of a Restate cluster', () => {
  test('all is well but that there is no backup, and no service', async () => {
    const { verdict, codes, logServers } = await assess({});
    expect(logServers.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
    expect(codes).toEqual(['BACKUP_NONE', 'SCHEMA_NONE', 'SNAPSHOT_REPOSITORY_NONE']);
    expect(verdict).toBe('attention');
  });

  test('the store is lost: that comes first, and who remembers what it held', async () => {
    const { codes, logServers } = await assess({ store: 'lost' });
    expect(codes[0]).toBe('METASTORE_LOST');
    expect(logServers.every(({ remembers }) => Object.keys(remembers).length > 0)).toBe(true);
  });

  test('two of three log-servers are silent: the log cannot be ended', async () => {
    const { codes, verdict } = await assess({ held: { 1: [exists(1n, 9n)] } });
    expect(codes).toContain('LOG_UNSEALABLE');
    expect(verdict).toBe('attention');
  });

  test('the page for others shows every finding, node, log and partition', async () => {
    const { assessment, codes } = await assess({ store: 'lost' });
    const page = htmlPage(foreignAssessReport(assessment));
    for (const word of [...codes, 'n1 (N1)', '0_0 on N1, N2, N3', 'N1:1', 'nodes_config@7'])
      expect(page).toContain(word);
  });

  test('nobody answers', async () => {
    expect((await assess({ held: {} })).verdict).toBe('unreachable');
  });
});
