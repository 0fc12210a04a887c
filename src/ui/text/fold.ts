/** The width that every terminal has, and that a ticket keeps. */
const WIDTH = 80;

/** Text in lines of at most 80 columns behind a label; the following lines stand under the first word. */
export function folded(text: string, label: string): string[] {
  const indent = ' '.repeat(label.length);
  const lines: string[] = [];
  let line = label;
  for (const word of text.split(' ')) {
    const isFirst = line === label || line === indent;
    if (!isFirst && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line];
}
