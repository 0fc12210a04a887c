import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { type FollowEvent, followEventSchema } from '../../src/codec/results/follow.ts';

const BIN = new URL('../../bin/vlog-dr.js', import.meta.url).pathname;

/** A `backup --follow` in a process of its own. */
export class FollowerProcess {
  readonly events: FollowEvent[] = [];
  stderr = '';
  /** The code of the error that it ended with. */
  failure: string | undefined;
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  #changed: () => void = () => {};

  constructor(config: string, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    const args = [BIN, 'backup', '--follow', '--json', '--check-every', '1', '--config', config, ...flags];
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', (chunk) => {
      this.stderr += chunk;
    });
    const lines = createInterface(this.#child.stdout);
    lines.on('line', (line) => {
      const said = JSON.parse(line) as { error?: { code: string; message: string } };
      if (said.error !== undefined) {
        this.failure = said.error.code;
        this.stderr += line;
      }
      if (said.error === undefined) this.events.push(followEventSchema.parse(said));
      this.#changed();
    });
    this.ended = new Promise((resolve) => this.#child.on('close', resolve));
    this.ended.then(() => this.#changed());
  }

  /** Resolves with the first event that fits; fails when the process ends without it. */
  async until<E extends FollowEvent['event']>(
    event: E,
    fits: (one: Extract<FollowEvent, { event: E }>) => boolean = () => true,
  ): Promise<Extract<FollowEvent, { event: E }>> {
    for (;;) {
      const found = this.events.find(
        (one): one is Extract<FollowEvent, { event: E }> =>
          one.event === event && fits(one as Extract<FollowEvent, { event: E }>),
      );
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        throw new Error(`the follower ended without ${event}: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  async snapshots(count: number): Promise<void> {
    await this.until('snapshot', () => this.events.filter((one) => one.event === 'snapshot').length >= count);
  }

  /** kill -9 */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** SIGTERM; answers with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return await this.ended;
  }
}
