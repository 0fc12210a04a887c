import type { JournalRecord } from '../../src/codec/journal.ts';
import type { Cluster } from '../../src/operations/cluster.ts';
import { type Journal, memoryJournal } from '../../src/runs/journal.ts';
import { seenThrough, type TestCluster } from './cluster.ts';
import { Killed, Life } from './faults.ts';
import { operationsOn } from './recovery.ts';

/** A journal of a new run, in memory. */
export function aJournal({ clock, random }: Cluster): Journal {
  return memoryJournal({ runId: random.ulid(), clock }).journal;
}

/** What one world comes to: given to a test to compare with the same world without a kill. */
interface Story<Plan> {
  readonly start: () => Promise<TestCluster>;
  readonly plan: (ops: Cluster) => Promise<Plan>;
  readonly apply: (ops: Cluster, plan: Plan, journal: Journal) => Promise<unknown>;
  readonly end: (cluster: TestCluster) => Promise<unknown>;
}

/** No operation here makes so many calls. */
const MANY = 600;

/**
 * Kills an apply at each of its calls in turn, before the call reached anybody or after it was done, and resumes it
 * from its journal. Answers with the distinct ends, and how many calls an apply makes.
 */
export async function killedEverywhere<Plan>(
  story: Story<Plan>,
  lastHappens: boolean,
): Promise<{ ends: Set<string>; calls: number }> {
  const ends = new Set<string>();
  for (let calls = 0; calls < MANY; calls += 1) {
    const cluster = await story.start();
    const ops = operationsOn(cluster);
    const plan = await story.plan(ops);
    const life = new Life(calls, lastHappens);
    const records = await runDoomed(story, { ops, plan, life });
    const { journal } = memoryJournal({ runId: 'r', clock: ops.clock, earlier: records });
    await story.apply(ops, plan, journal);
    ends.add(JSON.stringify(await story.end(cluster), (_, v) => (typeof v === 'bigint' ? String(v) : v)));
    if (!life.ended) return { ends, calls };
  }
  throw new Error(`an apply made more than ${MANY} calls`);
}

async function runDoomed<Plan>(
  story: Story<Plan>,
  { ops, plan, life }: { ops: Cluster; plan: Plan; life: Life },
): Promise<readonly JournalRecord[]> {
  const doomed: Cluster = {
    ...ops,
    metaStore: life.of(ops.metaStore),
    logServers: seenThrough(ops.logServers, (server) => life.of(server)),
  };
  const { journal, records } = memoryJournal({ runId: 'r', clock: ops.clock });
  await story.apply(doomed, plan, journal).catch((error: unknown) => {
    if (!(error instanceof Killed)) throw error;
  });
  // The process died: what it wrote after its death it never wrote.
  return records.filter((record) => record.type !== 'failed');
}
