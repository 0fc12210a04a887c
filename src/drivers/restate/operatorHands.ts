import { join } from 'node:path';
import type { Clock } from '../../ports/Clock.ts';
import type { NodeHands, NodePlace } from '../../ports/ForeignCluster.ts';
import type { Reporter } from '../../ports/Reporter.ts';
import { METADATA_DIRECTORY } from './localHands.ts';
import { readMarker } from './marker.ts';
import { type Probe, probeAddress } from './probe.ts';

/** People walk to hosts and read what they are told. */
const PATIENCE_MS = 60 * 60_000;
const LOOK_AGAIN_MS = 1_000;

/**
 * Nodes are on hosts that this tool cannot reach. It says exactly what to type on each, and goes on when it sees the
 * effect at the node's address.
 */
export class OperatorRestateHands implements NodeHands {
  readonly hands = 'operator';
  readonly places: readonly NodePlace[];
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #probe: Probe;

  constructor(
    places: readonly NodePlace[],
    around: { readonly clock: Clock; readonly reporter: Reporter; readonly probe?: Probe },
  ) {
    this.places = places;
    this.#clock = around.clock;
    this.#reporter = around.reporter;
    this.#probe = around.probe ?? probeAddress;
  }

  async stop(place: NodePlace): Promise<void> {
    if (!(await this.#probe(place.address))) return;
    this.#say(place, [
      '# stop restate-server there, so that it is not started again:',
      'systemctl stop restate-server',
    ]);
    await this.#await(place, false);
  }

  async setMetadataAside(place: NodePlace, runId: string): Promise<string> {
    const metadata = join(dataDirOf(place), METADATA_DIRECTORY);
    const aside = `${metadata}.${runId}.old`;
    this.#say(place, [
      '# while it is stopped: keep its part of the metadata store, and take it out of its place',
      `[ ! -e ${metadata} ] || mv ${metadata} ${aside}`,
    ]);
    return aside;
  }

  async start(place: NodePlace): Promise<void> {
    if (await this.#probe(place.address)) return;
    this.#say(place, ['# start it again with the settings it had:', 'systemctl start restate-server']);
    await this.#await(place, true);
  }

  marker(dataDir: string) {
    return readMarker(dataDir);
  }

  async #await(place: NodePlace, isUp: boolean): Promise<void> {
    const deadline = this.#clock.now() + PATIENCE_MS;
    while ((await this.#probe(place.address)) !== isUp && this.#clock.now() < deadline)
      await this.#clock.sleep(LOOK_AGAIN_MS);
  }

  #say({ name, address }: NodePlace, lines: readonly string[]): void {
    this.#reporter.note([`On the host of ${name} (${address}):`, ...lines].join('\n    '));
  }
}

/** `base-dir` and the node's name in it, where nobody said more. */
function dataDirOf({ dataDir, name }: NodePlace): string {
  return dataDir ?? `/var/lib/restate/${name}`;
}
