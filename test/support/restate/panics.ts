import { expect } from 'vitest';
import { realClock } from '../realClock.ts';
import type { RestateSandbox } from '../restate.ts';

type Members = readonly { readonly id: string; readonly state: string }[];
interface Status {
  readonly logServers: Members;
  readonly metaStore: { readonly members: Members };
}

/** A node that finds epochs which do not fit its own dies within seconds; that of a dead leader is looked for then. */
const WATCHED_MS = 60_000;

/** All that time every node runs. */
export async function watchForPanics(cluster: RestateSandbox): Promise<void> {
  const end = realClock.now() + WATCHED_MS;
  while (realClock.now() < end) {
    const { logServers, metaStore } = await cluster.cli.json<Status>(0, 'sandbox', 'status');
    expect(
      [...logServers, ...metaStore.members].filter(({ state }) => state !== 'running').map(({ id }) => id),
    ).toEqual([]);
    await realClock.sleep(2_000);
  }
}

/** Kills the node that leads a partition, waits for additions through another, and starts it again. */
export async function killALeader(cluster: RestateSandbox): Promise<void> {
  const partitions = await cluster.cluster.partitions();
  const leader = partitions?.find((one) => one.leader !== undefined)?.leader?.id;
  const nodes = await cluster.cluster.look();
  const address = nodes.find(
    ({ answer }) => answer.kind === 'answered' && answer.ident.node?.id === leader,
  )?.address;
  const id = cluster.state.logServers.find((one) => cluster.address(one.id) === address)?.id ?? 'n1';
  await cluster.cli.must(0, 'sandbox', 'kill', id);
  const load = cluster.startLoad();
  await cluster.until(load, 50);
  await cluster.cli.must(0, 'sandbox', 'start', id);
}
