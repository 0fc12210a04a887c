import { request } from 'undici';
import { z } from 'zod';
import { DrError } from '../core/errors.ts';
import type { Clock } from '../ports/Clock.ts';
import { urlOf } from './layout.ts';

const ASK_MS = 10_000;
const LOOK_AGAIN_MS = 250;
/** etcd lets nobody join until it has seen for some seconds that all members are well. */
const PATIENCE_MS = 30_000;

const memberListSchema = z.object({
  members: z.array(
    z.object({
      ID: z.string(),
      peerURLs: z.array(z.string()),
      clientURLs: z.array(z.string()).default([]),
    }),
  ),
});

export interface Joining {
  readonly id: string;
  readonly port: number;
  readonly peerPort: number;
}

/**
 * A member that lost its data must not come back under its old identity: it has forgotten what it voted for. The
 * others remove it and take in a new one. Answers with the cluster that it joins; `undefined` when no other member
 * answers, or this one never started: then the cluster is formed now.
 */
export async function joinAnew(
  member: Joining,
  members: readonly Joining[],
  clock: Clock,
): Promise<string | undefined> {
  const peerUrl = urlOf(member.peerPort);
  for (const other of members) {
    if (other.id === member.id) continue;
    const listed = await call(other, 'list', {}).catch(() => undefined);
    if (listed === undefined) continue;
    const old = listed.members.find(({ peerURLs }) => peerURLs.includes(peerUrl));
    if (old !== undefined && old.clientURLs.length === 0) return undefined;
    if (old !== undefined) await replaced(member, () => call(other, 'remove', { ID: old.ID }));
    const now = await added(member, other, peerUrl, clock);
    return members
      .filter(({ peerPort }) => now.members.some(({ peerURLs }) => peerURLs.includes(urlOf(peerPort))))
      .map(({ id, peerPort }) => `${id}=${urlOf(peerPort)}`)
      .join(',');
  }
  return undefined;
}

async function added(member: Joining, other: Joining, peerUrl: string, clock: Clock) {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call(other, 'add', { peerURLs: [peerUrl] });
    } catch (error) {
      if (!/unhealthy cluster/.test(String(error)) || clock.now() > deadline)
        return await replaced(member, () => Promise.reject(error));
    }
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

async function replaced<T>({ id }: Joining, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new DrError('E_UNREACHABLE', {
      message: `${id} has no data, and the members that run could not take it in again (${said}). It was not started; their data is as it was.`,
      hint: 'Without a majority an etcd takes no new members: rebuild it, or lose it whole (`sandbox lose-metastore`).',
      context: { id },
      cause,
    });
  }
}

async function call({ port }: Joining, what: 'list' | 'add' | 'remove', body: object) {
  const answer = await request(`${urlOf(port)}/v3/cluster/member/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headersTimeout: ASK_MS,
    bodyTimeout: ASK_MS,
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`etcd answered ${answer.statusCode}: ${text.slice(0, 300)}`);
  return memberListSchema.parse(JSON.parse(text));
}
