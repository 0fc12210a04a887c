import type { ClusterIdentity } from './identity.ts';
import { generationsAfter, makeNodeTable } from './nodeTable.ts';
import type { Problem } from './problem.ts';
import { asCopy, asMade, isLive, type RebuiltRegister, type SetEvidence } from './setEvidence.ts';
import { newestCopy } from './sets.ts';
import { type ClusterNode, NODES } from './values.ts';

export interface RebuiltNodes {
  readonly nodes: readonly ClusterNode[];
  readonly register: RebuiltRegister;
  readonly problems: readonly Problem[];
}

/** The nodes configuration: its newest copy; without one, what nodes and their directories say. */
export function rebuildNodes(evidence: SetEvidence, identity: ClusterIdentity | undefined): RebuiltNodes {
  const copy = newestCopy(NODES, evidence.sets);
  const known = copy?.set.nodes;
  if (copy === undefined || known === undefined) return makeNodes(evidence, identity);
  if (isLive(evidence, NODES, copy))
    return { nodes: known.nodes, register: asCopy(NODES, copy), problems: [] };
  const generations = generationsAfter(known, evidence.looks);
  const nodes = known.nodes.map((node) => ({
    ...node,
    generation: generations.get(node.id) ?? node.generation,
  }));
  const content = { kind: 'nodes' as const, base: copy.value, nodes: { ...known, nodes } };
  return {
    nodes,
    register: asMade(evidence, { key: NODES, content, from: copy.set.name }),
    problems: [],
  };
}

function makeNodes(evidence: SetEvidence, identity: ClusterIdentity | undefined): RebuiltNodes {
  const { name } = evidence.configured;
  const { nodes, problems } = makeNodeTable(evidence.looks);
  const fingerprint = identity?.fingerprint ?? 0n;
  const content = {
    kind: 'nodes' as const,
    nodes: { version: 0, clusterName: name, fingerprint, features: [], nodes },
  };
  return {
    nodes,
    register: asMade(evidence, { key: NODES, content, from: 'the nodes and their directories' }),
    problems: identity === undefined ? [...problems, unknownFingerprint(name)] : problems,
  };
}

function unknownFingerprint(name: string): Problem {
  return {
    weighs: 'contradiction',
    message: `Nothing tells the fingerprint of cluster ${name}: it stands in the \`.cluster-marker\` of every node's directory. Give \`--data-dir\`, or \`cluster.fingerprint\` in the configuration.`,
  };
}
