import type { Assessment } from '../codec/results/assess.ts';
import type { ForeignAssessment } from '../codec/results/foreignAssess.ts';

/** What playbooks look at: as much of an assessment as all engines have. One of our own clusters is one as it is. */
export interface Sight {
  readonly cluster: { readonly id: string; readonly name: string; readonly engine?: 'restate' };
  readonly verdict: Assessment['verdict'];
  readonly metaStore: Pick<Assessment['metaStore'], 'kind' | 'health'>;
  readonly logServers: readonly {
    readonly id: string;
    readonly state: Assessment['logServers'][number]['state'] | 'waiting';
    readonly location: string;
  }[];
  readonly logs: readonly SeenLog[];
  readonly findings: readonly SeenFinding[];
  /** Of a Restate cluster: some node still has the registers in its memory. */
  readonly remembered?: boolean;
}

export interface SeenFinding {
  readonly severity: 'critical' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
  readonly playbook: string | null;
  readonly next: string | null;
  readonly logId?: string;
  readonly servers?: readonly string[];
}

export interface SeenLog {
  readonly logId: string;
  readonly writable: boolean;
  readonly taking: string;
  readonly segments: readonly {
    readonly nodeset: readonly string[];
    readonly responders: readonly string[];
    readonly sealable: boolean;
    readonly missing: readonly unknown[];
  }[];
  readonly ifMetaStoreLost: { readonly verdict: 'proven' | 'unproven' | 'contradiction' };
  readonly backup: { readonly lastVersion: number | null };
  /** Present where entries may be in the repository. */
  readonly data?: object | null;
}

/** Whose ways a playbook must know. */
export function driverOf({ cluster }: Sight): 'native' | 'restate' {
  return cluster.engine ?? 'native';
}

/** One of our own clusters is seen as it was assessed. */
export function isAssessment(sight: Sight): sight is Assessment {
  return driverOf(sight) === 'native';
}

/** A look at a Restate cluster. Nodes go by their names: people know them by nothing else. */
export function foreignSight(assessment: ForeignAssessment): Sight {
  const { cluster, verdict, metaStore, logServers, findings, backup } = assessment;
  return {
    cluster,
    verdict,
    metaStore: { kind: metaStore.kind === 'builtin' ? 'restate' : metaStore.kind, health: metaStore.health },
    logServers: logServers.map(({ name, state }) => ({ id: name, state, location: '' })),
    logs: assessment.logs.map((log) => seenLog(log, { assessment, lastVersion: backup.last })),
    findings,
    remembered: logServers.some(({ remembers }) => Object.keys(remembers).length > 0),
  };
}

function seenLog(
  log: ForeignAssessment['logs'][number],
  { assessment, lastVersion }: { assessment: ForeignAssessment; lastVersion: number | null },
): SeenLog {
  const nodeOf = (id: string) => assessment.logServers.find((node) => node.id === id);
  const nameOf = (id: string) => nodeOf(id)?.name ?? id;
  // One that waits for the store answers for what it holds, and takes nothing.
  const joined = log.responders.filter((id) => nodeOf(id)?.state === 'ok');
  return {
    logId: log.logId,
    writable: log.writable,
    taking: log.writable ? 'appends' : 'nothing',
    // Only the last one is looked at; what is missing elsewhere a plan says.
    segments: [
      {
        nodeset: log.nodeset.map(nameOf),
        responders: joined.map(nameOf),
        sealable: log.sealable !== 'no',
        missing: [],
      },
    ],
    ifMetaStoreLost: { verdict: log.verdict },
    backup: { lastVersion },
  };
}
