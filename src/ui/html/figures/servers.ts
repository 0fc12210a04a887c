import type { CopyState, ServersFigure } from '../../report/model.ts';
import { html, type Markup } from '../markup.ts';
import { cut, px, svgFrame, WIDTH } from './frame.ts';

const LABEL_PX = 250;
const ROW_PX = 24;
const HEAD_PX = 24;
const MOST_COLUMN_PX = 56;

const WORDS: Readonly<Record<CopyState, string>> = {
  holds: 'answers with its copy',
  silent: 'should have a copy and does not show it',
  none: 'not of this segment',
};

/** Servers down, segments across. */
export function serversSvg({ columns, rows }: ServersFigure, caption: string): Markup {
  const columnPx = Math.min(MOST_COLUMN_PX, (WIDTH - LABEL_PX - 16) / Math.max(1, columns.length));
  const centre = (place: number) => LABEL_PX + columnPx * (place + 0.5);
  const heads = columns.map(
    (column, place) =>
      html`<text x="${px(centre(place))}" y="14" text-anchor="middle" class="soft small">${column}</text>`,
  );
  const height = HEAD_PX + rows.length * ROW_PX;
  return svgFrame(height + 34, caption, [
    html`<text x="0" y="14" class="soft small">segment</text>`,
    ...heads,
    ...rows.flatMap((row, place) => rowSvg(row, HEAD_PX + place * ROW_PX + ROW_PX / 2, centre)),
    ...legend(height + 22),
  ]);
}

function rowSvg(
  { server, note, tone, cells }: ServersFigure['rows'][number],
  y: number,
  centre: (place: number) => number,
): Markup[] {
  const label = html`<circle cx="5" cy="${px(y)}" r="4" class="fill-${tone}"/><text x="16" y="${px(y + 4)}">${cut(server, 80)}</text><text x="104" y="${px(y + 4)}" class="soft small">${cut(note, LABEL_PX - 110)}</text>`;
  const marks = cells.map(
    (cell, place) => html`<g><title>${server}, ${WORDS[cell]}</title>${mark(cell, centre(place), y)}</g>`,
  );
  return [label, ...marks];
}

function mark(state: CopyState, x: number, y: number): Markup {
  switch (state) {
    case 'holds':
      return html`<rect x="${px(x - 8)}" y="${px(y - 7)}" width="16" height="14" rx="3" class="fill-good"/>`;
    case 'silent':
      return html`<rect x="${px(x - 8)}" y="${px(y - 7)}" width="16" height="14" rx="3" class="ring"/><path d="M${px(x - 4)} ${px(y - 3)}l8 6m0 -6l-8 6" class="hatch-bad"/>`;
    case 'none':
      return html`<path d="M${px(x - 3)} ${px(y)}h6" class="axis"/>`;
  }
}

function legend(y: number): Markup[] {
  return (['holds', 'silent'] as const).map((state, place) => {
    const x = LABEL_PX + 8 + place * 190;
    return html`${mark(state, x, y - 4)}<text x="${px(x + 15)}" y="${y}" class="soft small">${WORDS[state]}</text>`;
  });
}
