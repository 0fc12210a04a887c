import { decodeNodes } from '../../../codec/restate/decode.ts';
import { DrError, isPortError } from '../../../core/errors.ts';
import type { RegisterSet, RegisterValue } from '../../../core/registerSet.ts';
import { NODES } from '../../../core/restate/values.ts';
import type { ForeignCluster } from '../../../ports/ForeignCluster.ts';

/** All registers of a cluster, and whose they are. */
export interface TakenSet {
  readonly owner: { readonly name: string; readonly fingerprint: bigint };
  readonly source: 'store' | 'caches';
  readonly set: RegisterSet;
  /** Why not from the store. */
  readonly because?: string;
}

/** Whose registers are expected: as it is configured. */
export interface ExpectedOwner {
  readonly name: string;
  readonly fingerprint?: bigint;
}

/**
 * The registers as the store holds them together; while it is down, what nodes remember of it: the newest copy of each
 * that any of them has. What no node keeps (leader epochs, rules) is then missing, and the set says so by its source.
 */
export async function takeSet(cluster: ForeignCluster, expected: ExpectedOwner): Promise<TakenSet> {
  const store = await readStore(cluster);
  if (store.set !== undefined) return { ...owned(store.set, expected), source: 'store' };
  const caches = newestOf(
    (await cluster.look()).map(({ answer }) => ('caches' in answer ? answer.caches : new Map())),
  );
  if (!caches.has(NODES))
    throw new DrError('E_METASTORE_UNAVAILABLE', {
      message: `The metadata store cannot be read (${store.problem}), and no node that answers remembers what it held. Nothing was written.`,
      hint: '`vlog-dr assess` shows what is left, and what to do.',
    });
  return { ...owned(caches, expected), source: 'caches', because: store.problem };
}

async function readStore(
  cluster: ForeignCluster,
): Promise<{ readonly set: RegisterSet } | { readonly set?: undefined; readonly problem: string }> {
  try {
    const set = await cluster.registers.readAll();
    return set.has(NODES) ? { set } : { problem: 'it is empty' };
  } catch (error) {
    if (!isPortError(error, 'unavailable', 'notFound')) throw error;
    return { problem: error.message };
  }
}

/** The newest of each. Nodes that were started later have newer ones, but for what moved while they looked. */
export function newestOf(sets: readonly RegisterSet[]): RegisterSet {
  const newest = new Map<string, RegisterValue>();
  for (const [key, value] of sets.flatMap((set) => [...set]))
    if (value.version > (newest.get(key)?.version ?? 0)) newest.set(key, value);
  return newest;
}

function owned(set: RegisterSet, expected: ExpectedOwner): Pick<TakenSet, 'owner' | 'set'> {
  const register = set.get(NODES);
  const nodes = register && decodeNodes(register.bytes);
  if (nodes?.ok !== true)
    throw new DrError('E_CORRUPT', {
      message: `${NODES} cannot be read. ${nodes?.problem ?? ''} Nothing was written.`,
    });
  const { clusterName: name, fingerprint } = nodes.value;
  if (name !== expected.name || (expected.fingerprint ?? fingerprint) !== fingerprint)
    throw new DrError('E_WRONG_CLUSTER', {
      message: `What answers is cluster ${name} with fingerprint ${fingerprint}, not ${expected.name} with ${expected.fingerprint ?? 'any'}. Nothing was written.`,
      hint: 'If it was provisioned anew after its metadata was lost, stop it: its nodes write over the old log-stores.',
      context: { name, fingerprint: String(fingerprint) },
    });
  return { owner: { name, fingerprint }, set };
}
