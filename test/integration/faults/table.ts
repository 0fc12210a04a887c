import { afterAll, expect, it } from 'vitest';
import { describeWith } from '../../support/programs.ts';
import { SeededRandom } from '../../support/seededRandom.ts';
import { type Blow, play } from './cases.ts';
import type { Command } from './commands.ts';
import { STRIKES } from './strikes.ts';
import { World } from './world.ts';

/*
 * The protocol's invariants (docs/protocol.md §7) on real LogServers, a real etcd and a real S3 server, while a command
 * of an operator is at one of its steps.
 *
 *   commands   rebuild-metastore, force-new-cluster, seal, reconfigure, fence, repair, admit, retire (commands.ts)
 *   kill -9    of each, after every record of its journal; then by turns resumed or run anew
 *   strikes    servers killed, hung, cut off both ways and one way, reset, late; the whole network; the MetaStore mute,
 *              one of its members hung; the repository mute or refusing; a full disk; an entry that rots (strikes.ts);
 *              and another operator who does the work while the first one hangs. Each at a record that the seed picks:
 *              a run plays some of them, another run others, FAULTS_ALL=1 all at all records (hours).
 *   checked    from outside, by plain requests (checker.ts): every acknowledged entry, the chain before and after, what
 *              must not be served, who must not take appends. And: the command has done what it is for, a plan made now
 *              finds nothing to do, the log takes appends.
 *
 * Not here: partitions among the servers themselves, clock jumps, more than one strike at a time, several logs. Those are
 * the simulation's.
 */

/** The same in every run, unless another is asked for; the story of a failure names it. */
const seed = Number(process.env.FAULTS_SEED ?? 572_982);
const playsAll = process.env.FAULTS_ALL === '1';

/** A bound against a hang, on a machine that others use, too. */
const HANGS_MS = 1_200_000;

/** No command writes so many records. */
const MANY = 60;

/**
 * One command against the table: killed at every record of its journal, struck at records that the seed picks. The
 * cases share a world; after one that failed, the next ones get a new world.
 */
export function faultsOf(
  command: Command,
  { strikes, servers = 4 }: { readonly strikes: number; readonly servers?: number },
): void {
  describeWith(['etcd', 'etcdctl', 's3'], command.name, () => {
    const random = new SeededRandom(seed + command.name.length);
    let world: World | undefined;
    let turn = 0;
    let records = MANY;
    afterAll(() => world?.down());

    async function playOne(blow: Blow): Promise<boolean> {
      world ??= await World.up({ servers });
      try {
        const { struck } = await play(world, command, { blow, turn, seed });
        turn += 1;
        return struck;
      } catch (error) {
        await world.down();
        world = undefined;
        turn = 0;
        throw error;
      }
    }

    it(
      'ends the same when it is killed with -9 after any record of its journal',
      async () => {
        for (let record = 1; record < MANY; record += 1) {
          if (await playOne({ kind: 'kill', record })) continue;
          records = record - 1;
          break;
        }
        expect(records).toBeGreaterThan(3);
        expect(records).toBeLessThan(MANY);
      },
      HANGS_MS,
    );

    for (const { name, blows } of chosen(random, strikes)) {
      it(
        `${name}: nothing acknowledged is lost, and it ends the same`,
        async () => {
          for (const blow of blows(records)) await playOne(blow);
        },
        HANGS_MS,
      );
    }
  });
}

interface Chosen {
  readonly name: string;
  readonly blows: (records: number) => readonly Blow[];
}

/** All strikes, in turn from where the seed says; at all records, or at one. */
function chosen(random: SeededRandom, count: number): Chosen[] {
  const all: Chosen[] = STRIKES.map((strike) => ({
    name: strike.name,
    blows: (records) =>
      picked(random, records).map((record) => ({ kind: 'strike', record, strike, at: random.below(64) })),
  }));
  all.push({
    name: 'it hangs, and another operator does the work',
    blows: (records) => picked(random, records).map((record) => ({ kind: 'second operator', record })),
  });
  const from = random.below(all.length);
  const turned = [...all.slice(from), ...all.slice(0, from)];
  return playsAll ? turned : turned.slice(0, count);
}

/** The last record is the end: nothing can happen any more. */
function picked(random: SeededRandom, records: number): number[] {
  const places = Array.from({ length: records - 1 }, (_, place) => place + 1);
  return playsAll ? places : [1 + random.below(records - 1)];
}
