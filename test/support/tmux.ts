import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A terminal of 80 columns and 24 lines with a shell command in it, on a tmux server of its own. */
export class TmuxTerminal {
  readonly #socket = `vlog-dr-test-${randomBytes(6).toString('hex')}`;

  static async start(command: string, env: Readonly<Record<string, string>> = {}): Promise<TmuxTerminal> {
    const terminal = new TmuxTerminal();
    const settings = { LANG: 'C.UTF-8', TERM: 'screen', ...env };
    const words = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    // The screen outlives the command, so that its last words can be read.
    const line = `env -u CI -u LC_ALL ${words.join(' ')} ${command}; echo "exit $?"; exec sleep 600`;
    await terminal.#tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', line);
    return terminal;
  }

  /** What stands on the screen and what was scrolled off it, in the lines in which it was written. */
  async text(): Promise<string> {
    return await this.#tmux('capture-pane', '-p', '-J', '-S', '-2000');
  }

  async screen(): Promise<string> {
    return await this.#tmux('capture-pane', '-p');
  }

  /** Resolves with the screen once it shows this. A hang ends with the test's own time-out. */
  shows(expected: RegExp): Promise<string> {
    return this.#until(expected, () => this.screen());
  }

  /** The same, of all that was ever on it: for what may be scrolled off before it is looked at. */
  showed(expected: RegExp): Promise<string> {
    return this.#until(expected, () => this.text());
  }

  async #until(expected: RegExp, read: () => Promise<string>): Promise<string> {
    for (;;) {
      const screen = await read();
      if (expected.test(screen)) return screen;
      const ended = /^exit \d+$/m.exec(screen);
      if (ended !== null) throw new Error(`ended without ${expected}:\n${await this.text()}`);
      await run('sleep', ['0.1']);
    }
  }

  /** Keys by their tmux names: `Enter`, `Down`, `C-c`; anything else is typed. */
  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#tmux('send-keys', key);
  }

  /** Types a line and sends it. */
  async type(text: string): Promise<void> {
    await this.#tmux('send-keys', '-l', text);
    await this.press('Enter');
  }

  async close(): Promise<void> {
    await this.#tmux('kill-server').catch(() => '');
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-L', this.#socket, ...args]);
    return stdout;
  }
}
