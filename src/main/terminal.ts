import type { Writable } from 'node:stream';
import { asciiOf, type Terminal, wantsColour, wantsUnicode } from '../ui/terminal.ts';
import type { Environment } from './configFile.ts';

export function terminalOf(
  stream: Writable & { readonly isTTY?: boolean; readonly columns?: number },
  env: Environment,
): Terminal {
  const isTerminal = stream.isTTY === true;
  const hasUnicode = wantsUnicode(env);
  return {
    isTerminal,
    hasColour: wantsColour(isTerminal, env),
    hasUnicode,
    columns: stream.columns ?? 100,
    write: (text) => {
      stream.write(isTerminal && !hasUnicode ? asciiOf(text) : text);
    },
  };
}
