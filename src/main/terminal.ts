import type { Writable } from 'node:stream';
import { type Terminal, wantsColour } from '../ui/terminal.ts';
import type { Environment } from './configFile.ts';

export function terminalOf(
  stream: Writable & { readonly isTTY?: boolean; readonly columns?: number },
  env: Environment,
): Terminal {
  const isTerminal = stream.isTTY === true;
  return {
    isTerminal,
    hasColour: wantsColour(isTerminal, env),
    columns: stream.columns ?? 100,
    write: (text) => {
      stream.write(text);
    },
  };
}
