import type { OfflineMarker } from './evidence.ts';
import type { Problem } from './problem.ts';
import type { FoundSet } from './sets.ts';

/** Who a cluster is to Restate: a name that people chose, and a number that was drawn when it was provisioned. */
export interface ClusterIdentity {
  readonly name: string;
  readonly fingerprint: bigint;
  /** Who said so. */
  readonly from: string;
}

export interface IdentityEvidence {
  readonly configured: { readonly name: string; readonly fingerprint?: bigint };
  readonly sets: readonly FoundSet[];
  readonly markers: readonly { readonly place: string; readonly marker: OfflineMarker }[];
}

interface Claim {
  readonly name?: string;
  readonly fingerprint?: bigint;
  readonly from: string;
  readonly source: 'configuration' | 'cache' | 'marker' | 'backup' | 'store';
}

/** Whose word counts first. The store comes last: an empty one that was provisioned anew says whatever it was told. */
const ORDER: readonly Claim['source'][] = ['configuration', 'cache', 'marker', 'backup', 'store'];

/** Whose registers these are. Everything that names another cluster is a contradiction: one cluster's chains would hide another's. */
export function identify(evidence: IdentityEvidence): {
  readonly identity?: ClusterIdentity;
  readonly problems: readonly Problem[];
} {
  const claims = claimsOf(evidence);
  const first = claims.find((claim) => claim.fingerprint !== undefined);
  if (first?.fingerprint === undefined) return { problems: [] };
  const identity = {
    name: evidence.configured.name,
    fingerprint: first.fingerprint,
    from: first.from,
  };
  return { identity, problems: claims.flatMap((claim) => strangerIn(claim, identity)) };
}

function claimsOf({ configured, sets, markers }: IdentityEvidence): Claim[] {
  const claims: Claim[] = [
    { source: 'configuration', from: 'the configuration', ...configured },
    ...sets.flatMap(({ source, name, nodes }): Claim[] =>
      nodes === undefined
        ? []
        : [{ source, from: name, name: nodes.clusterName, fingerprint: nodes.fingerprint }],
    ),
    ...markers.map(
      ({ place, marker }): Claim => ({
        source: 'marker',
        from: place,
        ...(marker.clusterName !== undefined && { name: marker.clusterName }),
        ...(marker.fingerprint !== undefined && { fingerprint: marker.fingerprint }),
      }),
    ),
  ];
  return claims.sort((a, b) => ORDER.indexOf(a.source) - ORDER.indexOf(b.source));
}

function strangerIn(claim: Claim, identity: ClusterIdentity): Problem[] {
  const differs =
    claim.fingerprint !== undefined && claim.fingerprint !== identity.fingerprint
      ? `fingerprint ${claim.fingerprint}, not ${identity.fingerprint}`
      : claim.name !== undefined && claim.name !== identity.name
        ? `name ${claim.name}, not ${identity.name}`
        : undefined;
  if (differs === undefined) return [];
  const says = `${claim.from} is of another cluster: ${differs} as ${identity.from} says.`;
  if (claim.source !== 'store') return [{ weighs: 'contradiction', message: says }];
  return [
    {
      weighs: 'contradiction',
      message: `${says} It was provisioned anew: its node ids and chains are fresh ones, and nodes that join it write over the old log-stores. Stop the nodes, set the metadata directories of that store aside, and plan again.`,
    },
  ];
}
