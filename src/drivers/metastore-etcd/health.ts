import type { MetaStoreHealth } from '../../ports/MetaStore.ts';
import type { EtcdGateway } from './gateway.ts';
import { emptyRequest, memberListReply, statusReply } from './wire.ts';

const STATUS = { path: '/v3/maintenance/status', request: emptyRequest, reply: statusReply };
const MEMBERS = { path: '/v3/cluster/member/list', request: emptyRequest, reply: memberListReply };

interface Heard {
  readonly endpoint: string;
  /** etcd's own id of the member; absent when it did not answer. */
  readonly memberId?: string;
  readonly state: 'ok' | 'unreachable';
  readonly detail: string;
}

/** Every member that the cluster or the configuration names, each asked itself; and whether a read goes through. */
export async function healthOf(
  gateway: EtcdGateway,
  endpoints: readonly string[],
  read: () => Promise<unknown>,
): Promise<MetaStoreHealth> {
  const [heard, listed, problem] = await Promise.all([
    Promise.all(endpoints.map((endpoint) => ask(gateway, endpoint))),
    gateway.read(MEMBERS, {}).catch(() => ({ members: [] })),
    read().then(
      () => undefined,
      (error: unknown) => messageOf(error),
    ),
  ]);
  const { members: known } = listed;
  const isHeard = (id: string, urls: readonly string[]) =>
    heard.some(({ memberId, endpoint }) => memberId === id || urls.includes(endpoint));
  const others = await Promise.all(
    known
      .filter(({ ID, clientURLs }) => !isHeard(ID, clientURLs))
      .map(async ({ ID, clientURLs: [url] }): Promise<Heard> => {
        if (url !== undefined) return { memberId: ID, ...(await ask(gateway, url)) };
        return { endpoint: '', memberId: ID, state: 'unreachable', detail: 'it never started' };
      }),
  );
  const nameOf = ({ memberId, endpoint }: Heard) =>
    known.find(({ ID, clientURLs }) => ID === memberId || clientURLs.includes(endpoint))?.name || endpoint;
  const members = [...heard, ...others].map((one) => ({
    id: nameOf(one),
    endpoint: one.endpoint,
    state: one.state,
    detail: problem === undefined || one.state !== 'ok' ? one.detail : `${one.detail}; ${problem}`,
  }));
  const isWhole = members.every(({ state }) => state === 'ok');
  return { health: problem !== undefined ? 'lost' : isWhole ? 'ok' : 'degraded', members };
}

async function ask(gateway: EtcdGateway, endpoint: string): Promise<Heard> {
  try {
    const { header, version, leader } = await gateway.ask(endpoint, STATUS, {});
    const detail = `etcd ${version}${leader === '0' ? ', without a leader' : ''}`;
    return { endpoint, memberId: header.member_id, state: 'ok', detail };
  } catch (error) {
    return { endpoint, state: 'unreachable', detail: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
