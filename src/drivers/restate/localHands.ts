import { spawn } from 'node:child_process';
import { cp, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { DrError, PortError } from '../../core/errors.ts';
import type { Clock } from '../../ports/Clock.ts';
import type { NodeHands, NodePlace } from '../../ports/ForeignCluster.ts';
import { replaceFile, syncDirectory } from '../wrap/durableFile.ts';
import { nodeDirectory, readMarker } from './marker.ts';
import { probeAddress } from './probe.ts';
import { serverProgram } from './program.ts';

/** A node's part of Restate's own metadata store, in the node's directory. */
export const METADATA_DIRECTORY = 'replicated-metadata-server';
const LOOK_AGAIN_MS = 20;
const START_MS = 60_000;

interface Identity {
  readonly pid: number;
  readonly startedAt: string;
  readonly host: string;
}
const identitySchema = z.object({ pid: z.number(), startedAt: z.string(), host: z.string() });

export interface LocalPlace extends NodePlace {
  readonly configFile?: string;
}

export interface LocalHandsOptions {
  /** `<name>.json` for each node: the process that was started last. */
  readonly runDir: string;
  readonly clock: Clock;
  readonly processes: {
    identify(pid: number): Promise<Identity | undefined>;
    state(identity: Identity): Promise<'running' | 'paused' | 'gone'>;
  };
}

/** All nodes are processes of this machine, each started with a configuration file of Restate's own. */
export class LocalRestateHands implements NodeHands {
  readonly hands = 'tool';
  readonly places: readonly LocalPlace[];
  readonly #options: LocalHandsOptions;

  constructor(places: readonly LocalPlace[], options: LocalHandsOptions) {
    this.places = places;
    this.#options = options;
  }

  /** SIGKILL: a node that lost its metadata store waits for it before it ends in order. */
  async stop(place: NodePlace): Promise<void> {
    const { processes, clock } = this.#options;
    const identity = await this.#identity(place);
    while (identity !== undefined && (await processes.state(identity)) !== 'gone') {
      try {
        process.kill(identity.pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
      await clock.sleep(LOOK_AGAIN_MS);
    }
    await rm(this.#file(place), { force: true });
  }

  /**
   * 1. Copy the directory, and give the copy its name only when it is whole.
   * 2. Delete the original. A crash in between leaves a whole copy, and the next run goes on here.
   */
  async setMetadataAside(place: NodePlace, runId: string): Promise<string> {
    const metadata = join(await nodeDirectory(dataDirOf(place)), METADATA_DIRECTORY);
    const aside = `${metadata}.${runId}.old`;
    if (!(await exists(metadata))) return aside;
    if (!(await exists(aside))) {
      await rm(`${aside}.part`, { recursive: true, force: true });
      await cp(metadata, `${aside}.part`, { recursive: true });
      await rename(`${aside}.part`, aside);
      await syncDirectory(dirname(aside));
    }
    await rm(metadata, { recursive: true });
    await syncDirectory(dirname(metadata));
    return aside;
  }

  async start(place: NodePlace): Promise<void> {
    const identity = await this.#identity(place);
    if (identity === undefined || (await this.#options.processes.state(identity)) === 'gone')
      await this.#spawn(place);
    const deadline = this.#options.clock.now() + START_MS;
    while (!(await probeAddress(place.address))) {
      if (this.#options.clock.now() > deadline)
        throw new PortError('unavailable', {
          subject: `restate ${place.name}`,
          message: `it was started and does not listen; what it said is in ${this.#output(place)}`,
        });
      await this.#options.clock.sleep(LOOK_AGAIN_MS);
    }
  }

  marker(dataDir: string) {
    return readMarker(dataDir);
  }

  async #spawn(place: NodePlace): Promise<void> {
    const configFile = this.places.find(({ name }) => name === place.name)?.configFile;
    if (configFile === undefined)
      throw new DrError('E_CONFIG', {
        message: `What Restate node ${place.name} is started with is not configured. It was not started.`,
        hint: 'Add `configFile` to it in `nodes`.',
      });
    await mkdir(this.#options.runDir, { recursive: true });
    const output = await open(this.#output(place), 'a');
    try {
      const child = spawn(await serverProgram(), ['-c', configFile, '--no-logo'], {
        // In a session of its own: it outlives this process and its terminal.
        detached: true,
        stdio: ['ignore', output.fd, output.fd],
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      child.unref();
      const identity = await this.#options.processes.identify(child.pid ?? 0);
      if (identity !== undefined) await replaceFile(this.#file(place), JSON.stringify(identity));
    } finally {
      await output.close();
    }
  }

  async #identity(place: NodePlace): Promise<Identity | undefined> {
    const text = await readFile(this.#file(place), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : identitySchema.parse(JSON.parse(text));
  }

  #file({ name }: NodePlace): string {
    return join(this.#options.runDir, `${name}.json`);
  }

  #output({ name }: NodePlace): string {
    return join(this.#options.runDir, `${name}.output.txt`);
  }
}

function dataDirOf({ name, dataDir }: NodePlace): string {
  if (dataDir !== undefined) return dataDir;
  throw new DrError('E_CONFIG', {
    message: `Where the data of Restate node ${name} lies is not configured. Nothing of it was changed.`,
    hint: 'Add `dataDir` to it in `nodes`.',
  });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
