import type { NodeIdent, OfflineMarker } from './evidence.ts';
import type { Problem } from './problem.ts';
import type { ClusterNode, NodesConfiguration } from './values.ts';

/** A node by its address, with all that it or its directory says. */
export interface NodeLook {
  readonly address: string;
  /** As the configuration calls it. */
  readonly name?: string;
  readonly ident?: NodeIdent;
  readonly marker?: OfflineMarker;
  /** The operator's word, where nothing else tells. */
  readonly givenId?: number;
}

/** Far above what restarts count: a node that comes back must not be taken for an earlier self. */
const GENERATION_LIFT = 1_000;

export interface NodeTable {
  readonly nodes: readonly ClusterNode[];
  readonly problems: readonly Problem[];
}

/**
 * The nodes of a cluster whose configuration no register and no cache has any more. An id is on the disk of a node and
 * nowhere else: with a wrong one a node refuses to start on its log-store, or two would answer for one.
 */
export function makeNodeTable(looks: readonly NodeLook[]): NodeTable {
  const problems: Problem[] = [];
  const nodes = looks.flatMap((look) => {
    const id = look.marker?.nodeId ?? look.givenId;
    const name = look.marker?.nodeName ?? look.name;
    if (id !== undefined && name !== undefined) return [nodeOf(look, { id, name })];
    problems.push(unknownNode(look));
    return [];
  });
  return { nodes: nodes.sort((a, b) => a.id - b.id), problems: [...problems, ...twiceIn(nodes)] };
}

function nodeOf({ address, ident }: NodeLook, { id, name }: { id: number; name: string }): ClusterNode {
  const roles = ident?.roles ?? ['log-server', 'worker', 'metadata-server', 'admin', 'http-ingress'];
  return {
    id,
    name,
    generation: (ident?.node?.generation ?? 0) + GENERATION_LIFT,
    address,
    location: '',
    roles,
    storageState: roles.includes('log-server') ? 'read-write' : 'provisioning',
    metadataState: roles.includes('metadata-server') ? 'member' : 'standby',
  };
}

function unknownNode({ address, name, ident }: NodeLook): Problem {
  const who = name === undefined ? address : `${name} (${address})`;
  const serves = ident === undefined ? '' : ', which answers,';
  return {
    weighs: 'contradiction',
    message: `The node id of ${who}${serves} is not known: it stands in its data directory. Give \`--data-dir\` for a stopped one, \`dataDir\` in the configuration, or \`--node ${name ?? 'NAME'}=ID\`.`,
  };
}

function twiceIn(nodes: readonly ClusterNode[]): Problem[] {
  return nodes.flatMap((node, place) => {
    const other = nodes.slice(0, place).find(({ id, name }) => id === node.id || name === node.name);
    if (other === undefined) return [];
    return [
      {
        weighs: 'contradiction' as const,
        message: `N${node.id} is said to be ${other.name} (${other.address}) and ${node.name} (${node.address}).`,
      },
    ];
  });
}

/**
 * The generations that a configuration from a backup needs before nodes may join by it: a live one's own, else far above.
 * A live node that finds itself with a higher generation takes itself for dead and stops.
 */
export function generationsAfter(
  { nodes }: NodesConfiguration,
  looks: readonly NodeLook[],
): ReadonlyMap<number, number> {
  return new Map(
    nodes.map(({ id, generation }) => {
      const live = looks.find((look) => look.ident?.node?.id === id)?.ident?.node?.generation;
      return [id, live === undefined ? generation + GENERATION_LIFT : Math.max(live, generation)];
    }),
  );
}
