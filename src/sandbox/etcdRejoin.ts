import { request } from 'undici';
import { z } from 'zod';
import { DrError } from '../core/errors.ts';
import type { Clock } from '../ports/Clock.ts';
import { urlOf } from './layout.ts';

/** A change of members that meets an election is dropped, and never answered. */
const ASK_MS = 2_000;
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

type Listed = z.infer<typeof memberListSchema>;

/**
 * A member that lost its data must not come back under its old identity: it has forgotten what it voted for. The
 * others remove it and take in a new one. Answers with the cluster that it joins; `undefined` when no other member
 * answers: then the cluster is formed now.
 */
export async function joinAnew(
  member: Joining,
  members: readonly Joining[],
  clock: Clock,
): Promise<string | undefined> {
  const others = members.filter(({ id }) => id !== member.id);
  const answers = await Promise.all(others.map((other) => call(other, 'list', {}).catch(() => undefined)));
  const [listed] = answers.filter((answer) => answer !== undefined);
  if (listed === undefined) return undefined;
  if (isAwaited(listed, member)) return clusterOf(listed, members);
  const living = others.filter((_, place) => answers[place] !== undefined);
  if (living.length * 2 <= members.length)
    throw notTaken(member, `${living.length} of ${members.length} run`);
  return clusterOf(await replace(member, living, clock), members);
}

/** One step after the other, each tried again until the list shows it. */
async function replace(member: Joining, living: readonly Joining[], clock: Clock): Promise<Listed> {
  const deadline = clock.now() + PATIENCE_MS;
  for (let tries = 0; ; tries += 1) {
    const asked = living[tries % living.length] ?? member;
    try {
      const listed = await call(asked, 'list', {});
      if (isAwaited(listed, member)) return listed;
      const old = entryOf(listed, member);
      if (old === undefined) await call(asked, 'add', { peerURLs: [urlOf(member.peerPort)] });
      else await call(asked, 'remove', { ID: old.ID });
    } catch (error) {
      if (clock.now() > deadline) throw notTaken(member, error instanceof Error ? error.message : '', error);
      await clock.sleep(LOOK_AGAIN_MS);
    }
  }
}

function entryOf({ members }: Listed, { peerPort }: Joining) {
  return members.find(({ peerURLs }) => peerURLs.includes(urlOf(peerPort)));
}

/** It is in the list and was never started. */
function isAwaited(listed: Listed, member: Joining): boolean {
  return entryOf(listed, member)?.clientURLs.length === 0;
}

function clusterOf(listed: Listed, members: readonly Joining[]): string {
  return members
    .filter((member) => entryOf(listed, member) !== undefined)
    .map(({ id, peerPort }) => `${id}=${urlOf(peerPort)}`)
    .join(',');
}

function notTaken({ id }: Joining, why: string, cause?: unknown): DrError {
  return new DrError('E_UNREACHABLE', {
    message: `${id} has no data, and the members that run could not take it in again (${why}). It was not started; their data is as it was.`,
    hint: 'Without a majority an etcd takes no new members: `sandbox lose-metastore` begins an empty one.',
    context: { id },
    ...(cause === undefined ? {} : { cause }),
  });
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
