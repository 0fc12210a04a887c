import type { Block, Cell, Figure, Report } from '../report/model.ts';
import { durationText } from '../text/duration.ts';

/** The same report for a ticket: figures become tables. */
export function markdownPage({ title, verdict, facts, sections }: Report): string {
  return `${[
    `# ${escaped(title)}`,
    `**${escaped(verdict.word)}** ${inline(verdict.sentence)}`.trimEnd(),
    facts.map(([name, value]) => `- ${escaped(name)}: ${inline(value)}`).join('\n'),
    ...sections.flatMap((section) => [`## ${escaped(section.title)}`, ...section.blocks.map(blockText)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case 'text':
      return inline(block.text);
    case 'note':
      return `> ${inline(block.text)}`;
    case 'list':
      return block.items
        .map((item, place) => `${block.ordered ? `${place + 1}.` : '-'} ${inline(item)}`)
        .join('\n');
    case 'code':
      return fenced(block.text);
    case 'table':
      return tableText(block.head, block.rows);
    case 'figure':
      return `${inline(block.caption)}\n\n${figureText(block.figure)}`;
  }
}

function figureText(figure: Figure): string {
  switch (figure.kind) {
    case 'chain':
      return tableText(
        ['', 'segment', 'from', 'to', 'state'],
        figure.rows.flatMap((row) =>
          row.parts.length === 0
            ? [[row.label, row.empty ?? 'nothing', '', '', '']]
            : row.parts.map(({ name, from, to, state }, place) => [
                place === 0 ? row.label : '',
                name === state ? '' : name,
                String(from),
                to === undefined ? 'on' : String(to),
                state,
              ]),
        ),
      );
    case 'servers':
      return tableText(
        ['server', '', ...figure.columns.map((column) => `segment ${column}`)],
        figure.rows.map(({ server, note, cells }) => [
          server,
          note,
          ...cells.map((cell) => (cell === 'none' ? '' : cell)),
        ]),
      );
    case 'timeline':
      return tableText(
        ['step', 'began after', 'took'],
        figure.bars.map(({ label, fromMs, toMs }) => [
          label,
          durationText(fromMs),
          toMs === undefined ? 'did not end' : durationText(toMs - fromMs),
        ]),
      );
    case 'trend':
      return tableText(
        ['when', figure.unit],
        figure.points.map(({ label, value }) => [label, String(value)]),
      );
  }
}

function tableText(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(head.map(inCell)),
    line(head.map(() => '---')),
    ...rows.map((row) => line(row.map((cell) => inCell(typeof cell === 'string' ? cell : cell.text)))),
  ].join('\n');
}

function inCell(text: string): string {
  return inline(text).replaceAll('|', '\\|');
}

/** Longer than any fence within. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${printable(text)}\n${fence}`;
}

function inline(text: string): string {
  const pieces = text.split('`');
  if (pieces.length % 2 === 0) return escaped(text);
  return pieces.map((piece, place) => (place % 2 === 1 ? `\`${oneLine(piece)}\`` : escaped(piece))).join('');
}

/** What a message says must not become markup, nor a new line of it a heading. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>#]/g, (character) => `\\${character}`);
}

function oneLine(text: string): string {
  return printable(text).replace(/\s*\n\s*/g, ' ');
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) =>
    character === '\n' || character === '\t' ? character : '�',
  );
}
