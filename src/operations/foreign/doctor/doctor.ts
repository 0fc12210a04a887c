import { decodeNodes } from '../../../codec/restate/decode.ts';
import type { DoctorCheck } from '../../../codec/results/doctor.ts';
import { isPortError } from '../../../core/errors.ts';
import type { NodeEvidence } from '../../../core/restate/evidence.ts';
import { NODES, SCHEMA } from '../../../core/restate/values.ts';
import type { ForeignCluster, NodeHands } from '../../../ports/ForeignCluster.ts';
import type { SetBackups } from '../../../snapshots/SetBackups.ts';
import type { ExpectedOwner } from '../backup/takeSet.ts';

export interface ForeignDoctorRequest {
  readonly cluster: ForeignCluster;
  readonly expected: ExpectedOwner;
  readonly backups?: SetBackups;
  readonly hands: NodeHands;
}

/** Whether a recovery could be done from here: nodes, store, backups, and who could stop and start what. */
export async function examineForeign(request: ForeignDoctorRequest): Promise<DoctorCheck[]> {
  const nodes = await request.cluster.look();
  return [
    ...nodes.map((node) => checkNode(request, node)),
    await checkStore(request),
    await checkBackups(request),
    checkHands(request),
  ];
}

function checkNode({ expected }: ForeignDoctorRequest, { address, answer }: NodeEvidence): DoctorCheck {
  const check = `Node ${address}`;
  if (answer.kind === 'silent') return { check, state: 'failed', detail: answer.reason };
  const { ident } = answer;
  if (ident.clusterName !== expected.name)
    return { check, state: 'failed', detail: `it belongs to cluster ${ident.clusterName}` };
  if (ident.node === undefined)
    return { check, state: 'warning', detail: `${ident.status}: it has not joined the cluster` };
  const register = answer.caches.get(NODES);
  const nodes = register && decodeNodes(register.bytes);
  const fingerprint = nodes?.ok === true ? nodes.value.fingerprint : undefined;
  if (fingerprint !== undefined && (expected.fingerprint ?? fingerprint) !== fingerprint)
    return { check, state: 'failed', detail: `its cluster has another fingerprint: ${fingerprint}` };
  return { check, state: 'ok', detail: `N${ident.node.id}:${ident.node.generation}, ${ident.status}` };
}

async function checkStore({ cluster }: ForeignDoctorRequest): Promise<DoctorCheck> {
  const { registers } = cluster;
  const check = `Metadata store (${registers.description.kind})`;
  try {
    const { health, members } = await registers.health();
    const down = members.filter(({ state }) => state !== 'ok').map(({ id }) => id);
    if (health === 'lost') return { check, state: 'failed', detail: 'no majority of it serves' };
    await registers.proveWritable();
    if (health === 'degraded')
      return { check, state: 'warning', detail: `not all is well: ${down.join(', ')}` };
    return { check, state: 'ok', detail: `takes writes, ${members.length} members` };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { check, state: 'failed', detail: error.message };
  }
}

async function checkBackups({ backups, expected }: ForeignDoctorRequest): Promise<DoctorCheck> {
  const check = 'Backups';
  if (backups === undefined)
    return {
      check,
      state: 'warning',
      detail: `no repository is configured: ${SCHEMA} (your deployments) cannot be recovered without one`,
    };
  try {
    const guarantees = await backups.repository.probe();
    const [problem] = guarantees.problems;
    if (problem !== undefined) return { check, state: 'warning', detail: problem };
    const fingerprint = expected.fingerprint ?? (await backups.clusters())[0];
    const refs = fingerprint === undefined ? [] : await backups.list(fingerprint);
    const newest = refs.at(-1);
    if (newest === undefined)
      return {
        check,
        state: 'warning',
        detail: `${backups.repository.url} holds none: run \`vlog-dr backup --follow\``,
      };
    return {
      check,
      state: 'ok',
      detail: `${refs.length} in ${backups.repository.url}, the newest of ${new Date(newest.takenAt).toISOString()}`,
    };
  } catch (error) {
    if (!isPortError(error)) throw error;
    return { check, state: 'failed', detail: error.message };
  }
}

/** Whom a recovery that must stop nodes would ask. */
function checkHands({ hands, cluster }: ForeignDoctorRequest): DoctorCheck {
  const check = 'Stopping and starting nodes';
  if (hands.hands === 'tool')
    return { check, state: 'ok', detail: 'all run on this machine: done from here' };
  const known = hands.places.filter(({ dataDir }) => dataDir !== undefined).length;
  if (cluster.registers.description.kind === 'etcd' || known === hands.places.length)
    return { check, state: 'ok', detail: 'done by you; what to type on each host is said' };
  return {
    check,
    state: 'warning',
    detail:
      'done by you; add `nodes` with `dataDir` to the configuration, so that the exact commands can be said',
  };
}
