import { describe, expect, it } from 'vitest';
import type { ForeignAssessment, ForeignFinding } from '../../../src/codec/results/foreignAssess.ts';
import { DrError } from '../../../src/core/errors.ts';
import { FOREIGN_EXPLAINED, type ForeignFindingCode } from '../../../src/core/findings/foreign.ts';
import { fitting, mustFit } from '../../../src/playbook/choose.ts';
import { foreignSight } from '../../../src/playbook/sight.ts';
import { situationIn } from '../../../src/playbook/situation.ts';
import { shippedPlaybooks } from '../../support/playbooks.ts';

const playbooks = [...shippedPlaybooks().values()];

interface Given {
  readonly kind?: 'builtin' | 'etcd';
  readonly health?: 'ok' | 'lost';
  readonly findings?: readonly ForeignFindingCode[];
  /** How many of the three nodes have joined and remember; the others wait. */
  readonly joined?: number;
  readonly writable?: boolean;
  readonly backup?: number;
}

function assessment({
  kind = 'builtin',
  health = 'ok',
  findings = [],
  joined = 3,
  writable = true,
  backup,
}: Given) {
  const found = findings.map(
    (code): ForeignFinding => ({ ...FOREIGN_EXPLAINED[code], code, message: `${code}.`, next: null }),
  );
  const nodes = [1, 2, 3].map((id) => {
    const isJoined = id <= joined;
    return {
      ...{ id: `N${id}`, name: `n${id}`, address: `http://n${id}:5122`, storage: 'read-write' },
      state: isJoined ? ('ok' as const) : ('waiting' as const),
      remembers: isJoined ? { bifrost_config: 3 } : {},
    };
  });
  const made: ForeignAssessment = {
    cluster: { id: '1', name: 'prod', engine: 'restate' },
    takenAt: 0,
    metaStore: { kind, health, members: [], registers: {} },
    logServers: nodes,
    logs: [
      {
        ...{ logId: '0', version: 3, chainFrom: 'store', verdict: 'proven', segments: 1, lastLoglet: '0_0' },
        ...{ nodeset: ['N1', 'N2', 'N3'], replication: '{node: 2}', responders: ['N1', 'N2', 'N3'] },
        ...{ sealable: 'yes', lossesUntilUnsealable: 2, writable, atRisk: null },
      },
    ],
    partitions: [],
    snapshotRepository: 'none',
    backup: { last: backup ?? null, ageSeconds: null, behind: [] },
    findings: found,
    verdict: found.length > 0 ? 'attention' : 'ok',
  };
  return foreignSight(made);
}

const fits = (given: Given) => fitting(playbooks, assessment(given)).map(({ id }) => id);

describe('the playbook for what a Restate cluster shows', () => {
  it.each<[string, Given, string[]]>([
    ['nothing wrong', {}, []],
    [
      'the store is lost, a node remembers',
      { health: 'lost', findings: ['METASTORE_LOST'], joined: 1 },
      ['restate-metadata-lost'],
    ],
    [
      'the store is lost, nobody remembers',
      { health: 'lost', findings: ['METASTORE_LOST'], joined: 0 },
      ['restate-awaiting-provisioning'],
    ],
    [
      'the etcd is empty',
      { kind: 'etcd', health: 'lost', findings: ['METASTORE_LOST'] },
      ['restate-etcd-lost'],
    ],
    [
      'the etcd is gone, and nobody remembers',
      { kind: 'etcd', health: 'lost', findings: ['METASTORE_LOST', 'METASTORE_SILENT'], joined: 0 },
      ['restate-etcd-lost'],
    ],
    ['nodes are silent', { findings: ['NODES_SILENT'], joined: 2 }, ['restate-logserver-lost']],
    [
      'so many that a log cannot be sealed',
      { findings: ['LOG_UNSEALABLE', 'NODES_SILENT'], joined: 1, writable: false },
      ['restate-logserver-lost'],
    ],
    ['a log is sealed', { findings: ['LOG_NOT_WRITABLE'], writable: false }, ['restate-log-stuck']],
    [
      'a log is sealed, and only silent nodes know its end',
      { findings: ['LOG_UNSEALABLE', 'LOG_NOT_WRITABLE'], writable: false },
      ['restate-logserver-lost'],
    ],
    [
      'somebody has provisioned anew: nothing is proposed on top of it',
      { health: 'lost', findings: ['METASTORE_LOST', 'FOREIGN_CLUSTER'], joined: 1 },
      [],
    ],
  ])('%s', (_, given, ids) => {
    expect(fits(given)).toEqual(ids);
  });

  it('is never one for native clusters, and says whose it is', () => {
    const lost = playbooks.find(({ id }) => id === 'metastore-lost');
    const sight = assessment({ health: 'lost', findings: ['METASTORE_LOST'], joined: 1 });
    let refusal: unknown;
    try {
      if (lost !== undefined) mustFit(lost, sight, playbooks);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(DrError);
    expect(refusal).toMatchObject({
      code: 'E_PLAYBOOK_UNFIT',
      message: expect.stringContaining('metastore-lost is for native clusters, and prod is a Restate one'),
      hint: expect.stringContaining('restate-metadata-lost'),
    });
  });
});

describe('the situation in a sentence', () => {
  it('names the tempting command, and counts only nodes that take records', () => {
    const told = situationIn(
      assessment({ health: 'lost', findings: ['METASTORE_LOST'], joined: 1, writable: false }),
    );
    expect(told.wrong).toBe('The metadata store is gone.');
    expect(told.works).toContain('1 of 3 servers of the last loglet of log 0 is healthy');
    expect(told.doNot).toContain('`restatectl provision`');
  });
});
