import type { DoctorCheck } from '../../codec/results/doctor.ts';
import type { Location } from '../../core/durability.ts';
import { isPortError } from '../../core/errors.ts';
import { describeGeneration } from '../../core/generation.ts';
import type { ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import type { Cluster } from '../cluster.ts';
import { type ClockReading, clockChecks } from './clocks.ts';

export interface DoctorRequest {
  readonly cluster: Cluster;
  /** The software of this tool, as servers write it. */
  readonly software: string;
  readonly clocks: () => Promise<readonly ClockReading[]>;
}

/** Whether a recovery could be done from here: every part is asked, nothing is changed for good. */
export async function examineCluster(request: DoctorRequest): Promise<DoctorCheck[]> {
  const { cluster } = request;
  const [servers, metaStore, repository, clocks] = await Promise.all([
    Promise.all([...cluster.logServers.values()].map((server) => checkServer(request, server))),
    checkMetaStore(cluster),
    checkRepository(cluster),
    request.clocks(),
  ]);
  return [...servers.flat(), metaStore, repository, ...clockChecks(clocks)];
}

async function checkServer(request: DoctorRequest, server: LogServer): Promise<DoctorCheck[]> {
  const { cluster, software } = request;
  const check = `LogServer ${server.serverId}`;
  try {
    const status = await server.status();
    const place = cluster.locations.get(server.serverId);
    const problem =
      wrongServer(cluster, server.serverId, status) ??
      misplaced(place, status.location) ??
      outdated(software, status);
    if (problem !== undefined) return [{ check, ...problem }];
    const generation = status.generation === undefined ? 'none' : describeGeneration(status.generation);
    return [{ check, state: 'ok', detail: `generation ${generation}, ${status.software}` }];
  } catch (error) {
    return [{ check, state: 'failed', detail: describe(error) }];
  }
}

type Problem = Pick<DoctorCheck, 'state' | 'detail'>;
type Status = Awaited<ReturnType<LogServer['status']>>;

function wrongServer(cluster: Cluster, serverId: ServerId, status: Status): Problem | undefined {
  if (status.clusterId !== cluster.clusterId)
    return { state: 'failed', detail: `it belongs to cluster ${status.clusterId}` };
  if (status.serverId !== serverId)
    return { state: 'failed', detail: `at its address answers ${status.serverId}` };
  if (status.retired)
    return { state: 'warning', detail: 'its store is retired: take it out of the configuration' };
  return status.generation === undefined
    ? { state: 'warning', detail: `its store is not admitted: vlog-dr admit ${serverId}` }
    : undefined;
}

function misplaced(configured: Location | undefined, actual: Location): Problem | undefined {
  if (configured === undefined || configured === actual) return undefined;
  const detail = `it stands in ${actual}, the configuration says ${configured}: spreads would be wrong`;
  return { state: 'warning', detail };
}

function outdated(software: string, status: Status): Problem | undefined {
  if (status.software === software) return undefined;
  return { state: 'warning', detail: `it runs ${status.software}, this is ${software}` };
}

async function checkMetaStore({ metaStore }: Cluster): Promise<DoctorCheck> {
  const check = `MetaStore ${metaStore.description.kind} at ${metaStore.description.endpoints.join(', ')}`;
  try {
    const { health, members } = await metaStore.health();
    const silent = members.filter(({ state }) => state !== 'ok').map(({ id }) => id);
    if (health === 'lost')
      return { check, state: 'failed', detail: 'it does not answer; appends go on without it' };
    const logs = await metaStore.list();
    const detail = `${logs.length} logs`;
    return health === 'ok'
      ? { check, state: 'ok', detail }
      : { check, state: 'warning', detail: `${detail}; silent: ${silent.join(', ')}` };
  } catch (error) {
    return { check, state: 'failed', detail: describe(error) };
  }
}

async function checkRepository({ snapshots }: Cluster): Promise<DoctorCheck> {
  if (snapshots === undefined) {
    const detail = 'none is configured: after a loss only the loglets are left to rebuild from';
    return { check: 'Repository', state: 'warning', detail };
  }
  const check = `Repository ${snapshots.repository.url}`;
  try {
    const { problems } = await snapshots.repository.probe();
    if (problems.length > 0) return { check, state: 'failed', detail: problems.join(' ') };
    return { check, state: 'ok', detail: 'creates only what is absent, reads and lists what was written' };
  } catch (error) {
    return { check, state: 'failed', detail: describe(error) };
  }
}

function describe(error: unknown): string {
  if (isPortError(error)) return error.message;
  throw error;
}
