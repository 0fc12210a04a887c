import { lastSegment } from '../../src/core/chain.ts';
import type { LogId, ServerId } from '../../src/core/ids.ts';
import type { VirtualLog } from '../../src/virtuallog/VirtualLog.ts';
import { start } from './faults.ts';
import type { Rng } from './sim/rng.ts';
import type { SimProcess } from './sim/simProcess.ts';
import type { World } from './sim/world.ts';
import { expected, type Plane, pause, recordAppend, tail } from './workload.ts';

/** What every round works on. */
interface Round {
  readonly world: World;
  readonly log: LogId;
  readonly rng: Rng;
  readonly name: string;
  readonly plane: Plane;
  /** Where the last loglet's sequencer is, and its other members. */
  readonly sequencer: ServerId;
  readonly others: readonly ServerId[];
}

/** The tail is asked for at the worst moments: of a dead sequencer by several at once, and of an idle one. */
export async function tailRounds(
  world: World,
  plane: Plane,
  { log, rounds }: { readonly log: LogId; readonly rounds: number },
): Promise<void> {
  const rng = world.rng(`tails ${log}`);
  for (let n = 0; n < rounds && !plane.stopped; n += 1) {
    await pause(world, 200 + rng.next() * 200);
    const chain = world.oracle.registerAt(plane.metaStore, log);
    if (chain === undefined) return;
    const { nodeset, sequencer } = lastSegment(chain);
    if (sequencer === undefined) return;
    const others = nodeset.map((member) => member.serverId).filter((id) => id !== sequencer.serverId);
    if (others.length === 0) continue;
    const round = { world, log, rng, plane, name: `t${n}`, sequencer: sequencer.serverId, others };
    await (rng.chance(0.5) ? sequencerDies(round) : sequencerIdles(round));
  }
}

/**
 * A member misses the last entries, the sequencer dies, and several end the loglet at the same moment, hearing different
 * survivors: each infers a tail of its own, and all must answer where the winner's successor starts.
 */
async function sequencerDies(round: Round): Promise<void> {
  const { world, rng, sequencer, others } = round;
  const laggard = rng.pick(others);
  world.network.cut(sequencer, laggard);
  const writing = write(round, client(round, 'w'), 3);
  await pause(world, 20 + rng.next() * 60);
  world.story.tell(() => `${sequencer} is killed; ${laggard} missed its last entries`);
  world.server(sequencer).kill();
  world.network.join(sequencer, laggard);
  await Promise.all(
    Array.from({ length: rng.between(2, 4) }, async (_, place) => {
      const asker = client(round, `q${place}`);
      const unseen = rng.chance(0.5) ? [laggard] : rng.some(others, 1);
      await apart(world, asker.process, unseen, () =>
        expected(world, () => tail({ world, log: round.log }, asker.log, true)),
      );
    }),
  );
  start(world, sequencer);
  await writing;
}

/**
 * The loglet is ended by somebody who does not reach its sequencer, which has nothing to send and hears of it from
 * nobody. A reader that knew the log before asks it: it must not answer for a log that went on elsewhere.
 */
async function sequencerIdles(round: Round): Promise<void> {
  const { world, rng, log, sequencer } = round;
  const reader = client(round, 'r');
  const read = () =>
    reader.process.whileAlive(expected(world, () => tail({ world, log }, reader.log, false)));
  await write(round, client(round, 'w'), 1);
  await read();
  await pause(world, 80 + rng.next() * 200);
  const ender = client(round, 'e');
  await apart(world, ender.process, [sequencer], async () => {
    await expected(world, () => ender.log.reconfigure());
    const writer = client(round, 'x');
    await apart(world, writer.process, [sequencer], () => write(round, writer, 1));
    await read();
  });
}

interface Client {
  readonly process: SimProcess;
  readonly log: VirtualLog;
}

function client({ world, log, plane, name }: Round, role: string): Client {
  const process = world.process(`${name}${role}-${log}`);
  process.isClient = true;
  return { process, log: world.client(log, { metaStore: plane.metaStore, process }) };
}

async function write({ world, log }: Round, { process, log: virtualLog }: Client, count: number) {
  for (let n = 0; n < count; n += 1) {
    const text = `${process.name}/${n}`;
    const appending = expected(world, async () =>
      recordAppend(world, log, [text], await virtualLog.append([new TextEncoder().encode(text)])),
    );
    await process.whileAlive(appending);
  }
}

/** This process alone does not reach these servers meanwhile. */
async function apart(
  world: World,
  process: SimProcess,
  servers: readonly ServerId[],
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const both = (change: (from: string, to: string) => void): void => {
    for (const id of servers) {
      change(process.name, id);
      change(id, process.name);
    }
  };
  both((from, to) => world.network.cut(from, to));
  await process.whileAlive(meanwhile());
  both((from, to) => world.network.join(from, to));
}
