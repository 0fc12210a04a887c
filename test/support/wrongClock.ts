import { execFileSync } from 'node:child_process';

/** Environment in which every process sees a clock that is wrong by so much, as `faketime` makes it: `+2h`. */
export function wrongClock(offset: string): Readonly<Record<string, string>> {
  const library = execFileSync('faketime', ['1 hour ago', 'printenv', 'LD_PRELOAD'], {
    encoding: 'utf8',
  }).trim();
  // Only what people call the time: pauses and time-outs stay what they are.
  return { LD_PRELOAD: library, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}
