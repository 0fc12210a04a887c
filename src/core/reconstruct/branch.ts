import { compareGenerations, type Generation } from '../generation.ts';
import type { LogletId } from '../ids.ts';
import type { LogletFacts, MergedFacts } from './facts.ts';
import { isOutdone, isOverruled, mayRival } from './siblings.ts';

/** The tree of loglets, told apart into the chain and what is beside it (protocol §5.2). */
export interface Branching {
  /** The chain: installed loglets, ascending by index, each the predecessor of the next. */
  readonly path: readonly LogletFacts[];
  /** Installed siblings of one generation: two control planes wrote. Nothing may be changed. */
  readonly forks: readonly (readonly LogletFacts[])[];
  /** What the forks have that the path has not. Nobody decided against it: it may hold acknowledged entries. */
  readonly otherSides: readonly LogletFacts[];
  /** Installed once, then left out by a recovery of a later generation. */
  readonly abandoned: readonly LogletFacts[];
  /** Not known to be installed, and would succeed the chain's last loglet. */
  readonly candidates: readonly LogletFacts[];
  /** Not installed, and never can be: another loglet was installed in that place. */
  readonly orphans: readonly LogletFacts[];
}

/** `latest`: the greatest generation that anything shows, but for the fence of the recovery that asks. */
export function chooseBranch(merged: MergedFacts, latest: Generation | undefined): Branching {
  const all = [...merged.loglets.values()].sort(byIndex);
  const installed = all.filter((facts) => facts.installed.length > 0);
  const children = childrenOf(installed);
  const reach = reachOf(installed, children);
  const known = new Set(installed.map((facts) => facts.logletId));
  const roots = installed.filter((facts) => facts.predecessor === undefined || !known.has(facts.predecessor));
  const path: LogletFacts[] = [];
  const forks: LogletFacts[][] = [];
  for (let siblings = topRoots(roots, reach); siblings.length > 0; ) {
    const { best, ties } = greatest(siblings, reach, path.at(-1));
    if (ties.length > 1) forks.push(ties);
    path.push(best);
    siblings = (children.get(best.logletId) ?? []).filter(
      (child) => !isOverruled(child, reach.get(child.logletId), { parent: best, latest }),
    );
  }
  const onPath = new Set(path.map((facts) => facts.logletId));
  const tip = path.at(-1);
  const unmarked = all.filter((facts) => facts.installed.length === 0);
  const candidates = unmarked.filter(
    (facts) => facts.predecessor === tip?.logletId && !isOutdone(facts, tip),
  );
  const allForks = [...forks, ...forksElsewhere(installed, path, reach)];
  const beside = installed.filter((facts) => !onPath.has(facts.logletId) && !isBelow(facts, path));
  const otherSides = descending(beside, new Set(allForks.flat()));
  return {
    path,
    forks: allForks,
    otherSides,
    abandoned: beside.filter((facts) => !otherSides.includes(facts)),
    candidates,
    orphans: unmarked.filter((facts) => !candidates.includes(facts)),
  };
}

/** Those of them that are one of `roots`, or come of one of these. `loglets` ascend by index. */
function descending(loglets: readonly LogletFacts[], roots: ReadonlySet<LogletFacts>): LogletFacts[] {
  const found = new Set<LogletId>();
  for (const facts of loglets)
    if (roots.has(facts) || (facts.predecessor !== undefined && found.has(facts.predecessor)))
      found.add(facts.logletId);
  return loglets.filter((facts) => found.has(facts.logletId));
}

function byIndex(a: LogletFacts, b: LogletFacts): number {
  return a.index - b.index || (a.logletId < b.logletId ? -1 : 1);
}

function childrenOf(installed: readonly LogletFacts[]): Map<LogletId, LogletFacts[]> {
  const children = new Map<LogletId, LogletFacts[]>();
  for (const facts of installed) {
    if (facts.predecessor === undefined) continue;
    const siblings = children.get(facts.predecessor);
    if (siblings === undefined) children.set(facts.predecessor, [facts]);
    else siblings.push(facts);
  }
  return children;
}

/** The greatest generation found in a loglet's subtree: the recovery that decided last decided for this side. */
function reachOf(
  installed: readonly LogletFacts[],
  children: ReadonlyMap<LogletId, readonly LogletFacts[]>,
): Map<LogletId, Generation | undefined> {
  const reach = new Map<LogletId, Generation | undefined>();
  for (const facts of [...installed].reverse()) {
    let greatestOne = facts.generation;
    for (const child of children.get(facts.logletId) ?? []) {
      greatestOne = later(greatestOne, reach.get(child.logletId));
    }
    reach.set(facts.logletId, greatestOne);
  }
  return reach;
}

function later(a: Generation | undefined, b: Generation | undefined): Generation | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareGenerations(a, b) >= 0 ? a : b;
}

function greatest(
  siblings: readonly LogletFacts[],
  reach: ReadonlyMap<LogletId, Generation | undefined>,
  parent: LogletFacts | undefined,
) {
  const ranked = [...siblings].sort((a, b) => compareReach(b, a, reach));
  const [best] = ranked;
  if (best === undefined) throw new Error('no sibling to choose from');
  const ties = ranked.filter(
    (facts) =>
      compareReach(facts, best, reach) === 0 ||
      (reach.get(facts.logletId) === undefined && mayRival(facts, best, parent)),
  );
  return { best, ties };
}

function compareReach(
  a: LogletFacts,
  b: LogletFacts,
  reach: ReadonlyMap<LogletId, Generation | undefined>,
): number {
  const [left, right] = [reach.get(a.logletId), reach.get(b.logletId)];
  if (left === undefined || right === undefined)
    return Number(left !== undefined) - Number(right !== undefined);
  return compareGenerations(left, right);
}

/**
 * Where the walk begins. Normally there is one root. With more (more than eight segments in a row lost, and no
 * snapshot) the chain's end is in the piece of the greatest generation, and of the greatest index among those.
 */
function topRoots(
  roots: readonly LogletFacts[],
  reach: ReadonlyMap<LogletId, Generation | undefined>,
): LogletFacts[] {
  if (roots.length === 0) return [];
  const { ties } = greatest(roots, reach, undefined);
  const highest = Math.max(...ties.map((facts) => facts.index));
  return ties.filter((facts) => facts.index === highest);
}

/** A loglet of another piece whose index the path holds too, in one generation, is the other side of a fork. */
function forksElsewhere(
  installed: readonly LogletFacts[],
  path: readonly LogletFacts[],
  reach: ReadonlyMap<LogletId, Generation | undefined>,
): LogletFacts[][] {
  const [first] = path;
  const byId = new Map(installed.map((facts) => [facts.logletId, facts]));
  const onPath = new Map(path.map((facts) => [facts.index, facts]));
  return installed.flatMap((facts) => {
    const rival = onPath.get(facts.index);
    if (rival === undefined || rival === facts || rootOf(facts, byId).index === first?.index) return [];
    return compareReach(facts, rival, reach) === 0 ? [[rival, facts]] : [];
  });
}

function rootOf(facts: LogletFacts, byId: ReadonlyMap<LogletId, LogletFacts>): LogletFacts {
  let root = facts;
  for (let above: LogletFacts | undefined = facts; above !== undefined; ) {
    root = above;
    above = root.predecessor === undefined ? undefined : byId.get(root.predecessor);
  }
  return root;
}

/** Part of the chain that the walk back did not reach, not a rival of it. */
function isBelow(facts: LogletFacts, path: readonly LogletFacts[]): boolean {
  const [first] = path;
  return first !== undefined && facts.index < first.index;
}
