import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { PortError } from '../../core/errors.ts';
import type { MemberLook, MemberPlace } from '../../ports/MetaStoreAdmin.ts';
import type { Call, Gateway } from './options.ts';

/** Calls of etcd's own management, one member at a time. 64-bit numbers are strings, and absent when zero. */
const nothing = z.strictObject({});
const header = z.object({ cluster_id: z.string(), member_id: z.string(), revision: z.string().default('0') });
const memberList = z
  .array(
    z.object({
      ID: z.string(),
      peerURLs: z.array(z.string()).default([]),
      isLearner: z.boolean().default(false),
    }),
  )
  .default([]);

const STATUS = {
  path: '/v3/maintenance/status',
  request: nothing,
  reply: z.object({ header, version: z.string(), leader: z.string().default('0') }),
};
const MEMBERS = {
  path: '/v3/cluster/member/list',
  request: nothing,
  reply: z.object({ members: memberList }),
};
const ADD = {
  path: '/v3/cluster/member/add',
  request: z.strictObject({ peerURLs: z.array(z.string()).length(1), isLearner: z.literal(true) }),
  reply: z.object({ members: memberList }),
};
const PROMOTE = {
  path: '/v3/cluster/member/promote',
  request: z.strictObject({ ID: z.string() }),
  reply: z.object({}),
};
const COUNT = {
  path: '/v3/kv/range',
  request: z.strictObject({ key: z.string(), range_end: z.string(), count_only: z.literal(true) }),
  reply: z.object({ count: z.string().default('0') }),
};

export type ListedMember = z.infer<typeof memberList>[number];

export class EtcdCalls {
  readonly #open: (endpoint: string) => Gateway;
  readonly #gateways = new Map<string, Gateway>();

  constructor(open: (endpoint: string) => Gateway) {
    this.#open = open;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#gateways.values()].map((gateway) => gateway.close()));
  }

  /** Never throws for a member that does not answer. One that refuses us lives, and must not be taken for dead. */
  async look(place: MemberPlace): Promise<MemberLook> {
    try {
      const { header, version, leader } = await this.#ask(place, STATUS, {});
      const members = (await this.list(place)).filter(({ isLearner }) => !isLearner);
      const peers = members.flatMap(({ peerURLs }) => peerURLs);
      const problem = await this.#problemWith(place, leader);
      const { cluster_id: clusterId, member_id: memberId, revision } = header;
      const state = problem === undefined ? 'serves' : 'alone';
      const detail = `etcd ${version}${problem === undefined ? '' : `, ${problem}`}`;
      return { ...place, state, clusterId, memberId, revision, peers, detail };
    } catch (error) {
      mustNotBeDenied(error, place.clientUrl);
      return { ...place, state: 'silent', peers: [], detail: said(error) };
    }
  }

  /** A known leader may be one that is gone: only a linearizable read shows a majority. */
  async #problemWith(place: MemberPlace, leader: string): Promise<string | undefined> {
    if (leader === '0') return 'without a leader';
    return await this.countAll(place).then(
      () => undefined,
      (error: unknown) => `no linearizable read goes through: ${said(error)}`,
    );
  }

  async list(place: MemberPlace): Promise<readonly ListedMember[]> {
    return (await this.#ask(place, MEMBERS, {})).members;
  }

  async addLearner(through: MemberPlace, peerUrl: string): Promise<void> {
    await this.#ask(through, ADD, { peerURLs: [peerUrl], isLearner: true });
  }

  async promote(through: MemberPlace, memberId: string): Promise<void> {
    await this.#ask(through, PROMOTE, { ID: memberId });
  }

  /** All keys of this etcd, linearizable. */
  async countAll(place: Pick<MemberPlace, 'clientUrl'>): Promise<number> {
    return await this.#count(place, '\0', '\0');
  }

  async countUnder(place: Pick<MemberPlace, 'clientUrl'>, prefix: string): Promise<number> {
    return await this.#count(place, `${prefix}/`, `${prefix}0`);
  }

  async #count(place: Pick<MemberPlace, 'clientUrl'>, from: string, to: string): Promise<number> {
    const [key, range_end] = [base64(from), base64(to)];
    return Number((await this.#ask(place, COUNT, { key, range_end, count_only: true })).count);
  }

  async status(place: Pick<MemberPlace, 'clientUrl'>) {
    const { header } = await this.#ask(place, STATUS, {});
    return { clusterId: header.cluster_id, memberId: header.member_id, revision: header.revision };
  }

  #ask<Request, Reply>(
    { clientUrl }: Pick<MemberPlace, 'clientUrl'>,
    call: Call<Request, Reply>,
    request: NoInfer<Request>,
  ): Promise<Reply> {
    const gateway = this.#gateways.get(clientUrl) ?? this.#open(clientUrl);
    this.#gateways.set(clientUrl, gateway);
    return gateway.ask(clientUrl, call, request);
  }
}

/** Whether those who answer are a majority, and none leads yet. */
export function isElecting(looks: readonly MemberLook[]): boolean {
  if (looks.some(({ state }) => state === 'serves')) return false;
  const alone = looks.filter(({ state }) => state === 'alone');
  return alone.some(({ clusterId, peers }) => {
    const together = alone.filter((one) => one.clusterId === clusterId);
    return together.length * 2 > peers.length;
  });
}

/** Throws `PortError` `denied`. */
export function mustNotBeDenied(error: unknown, endpoint: string): void {
  if (!(error instanceof Error) || !('reason' in error) || error.reason !== 'denied') return;
  throw new PortError('denied', { subject: `etcd at ${endpoint}`, message: error.message, cause: error });
}

export function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
