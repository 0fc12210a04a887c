import type { Ora } from 'ora';
import type { Reporter } from '../ports/Reporter.ts';
import { fitted } from './fit.ts';
import { paint, type Terminal } from './terminal.ts';

/** One plain line for each stage and each outcome: for logs, pipes and CI. */
export function lineReporter(terminal: Terminal): Reporter {
  const narrower = narrowed(terminal);
  const say = (mark: string, text: string) => terminal.write(`${mark} ${text}\n`);
  return {
    stage: (title) => {
      say('…', title);
      return {
        update: () => {},
        done: (detail) => say(paint(terminal, 'green', '✓'), withDetail(title, detail)),
        failed: (detail) => say(paint(terminal, 'red', '✗'), withDetail(title, detail)),
      };
    },
    note: (message) => say('·', fitted(message, narrower)),
    warn: (message) => say(paint(terminal, 'yellow', '!'), fitted(message, narrower)),
    text: (lines) => terminal.write(`${fitted(lines, terminal)}\n`),
  };
}

/** A spinner while a stage lasts. `ora` is loaded by whoever knows that there is a terminal. */
export function spinnerReporter(terminal: Terminal, ora: (text: string) => Ora): Reporter {
  let current: Ora | undefined;
  const between = (print: () => void) => {
    // A line printed into a spinning line would be overwritten by its next frame.
    current?.clear();
    print();
    current?.render();
  };
  return {
    stage: (title) => {
      const spinner = ora(title).start();
      current = spinner;
      const end = (finish: () => void) => {
        finish();
        if (current === spinner) current = undefined;
      };
      return {
        update: (detail) => {
          spinner.text = withDetail(title, detail);
        },
        done: (detail) => end(() => spinner.succeed(withDetail(title, detail))),
        failed: (detail) => end(() => spinner.fail(withDetail(title, detail))),
      };
    },
    note: (message) => between(() => terminal.write(`· ${fitted(message, narrowed(terminal))}\n`)),
    warn: (message) =>
      between(() =>
        terminal.write(`${paint(terminal, 'yellow', '!')} ${fitted(message, narrowed(terminal))}\n`),
      ),
    text: (lines) => between(() => terminal.write(`${fitted(lines, terminal)}\n`)),
  };
}

/** A mark before the text takes two columns of its first line. */
function narrowed(terminal: Terminal): Terminal {
  return { ...terminal, columns: terminal.columns - 2 };
}

function withDetail(title: string, detail: string | undefined): string {
  return detail === undefined ? title : `${title}: ${detail}`;
}
