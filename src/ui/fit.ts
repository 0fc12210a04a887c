import type { Terminal } from './terminal.ts';

/**
 * Text whose lines fit the terminal, broken between words; what follows stands under the first word. Elsewhere, and for
 * commands that somebody may copy, lines stay whole.
 */
export function fitted(
  text: string,
  { isTerminal, columns }: Pick<Terminal, 'isTerminal' | 'columns'>,
): string {
  if (!isTerminal || columns < 20) return text;
  return text
    .split('\n')
    .flatMap((line) => (line.length <= columns || /^\s*\$ /.test(line) ? [line] : broken(line, columns)))
    .join('\n');
}

function broken(line: string, columns: number): string[] {
  const label = /^\s*(?:(?:\d+\.|-|·|!)\s+)?/.exec(line)?.[0] ?? '';
  const indent = ' '.repeat(label.length);
  const lines: string[] = [];
  let current = label;
  for (const word of line.slice(label.length).split(' ')) {
    const isEmpty = current === label || current === indent;
    if (!isEmpty && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = indent + word;
    } else current += isEmpty ? word : ` ${word}`;
  }
  return [...lines, current];
}
