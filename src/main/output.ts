import { once } from 'node:events';
import type { Output } from '../cli/app.ts';
import { toJson, toJsonPieces } from '../codec/common.ts';
import { textTable } from '../ui/table.ts';
import type { Terminal } from '../ui/terminal.ts';

/** Every document says which version of its schema it has. */
export function document(value: object, indent?: number): string {
  return `${toJson({ schemaVersion: 1, ...value }, indent)}\n`;
}

function writeDocument(stdout: NodeJS.WritableStream, value: object): void {
  for (const piece of toJsonPieces({ schemaVersion: 1, ...value })) stdout.write(piece);
  stdout.write('\n');
}

export function createOutput(stdout: NodeJS.WritableStream, terminal: Terminal, isJson: boolean): Output {
  return {
    result: (value, text) => {
      if (isJson) writeDocument(stdout, value);
      else stdout.write(`${text().trimEnd()}\n`);
    },
    line: (value, text) => {
      stdout.write(isJson ? document(value) : `${text}\n`);
    },
    bytes: async (chunk) => {
      // A slow reader must not fill our memory.
      if (!stdout.write(chunk)) await once(stdout, 'drain');
    },
    table: (head, rows) => textTable(terminal, head, rows),
  };
}
