import type { ChainFigure, ChainPart, ChainRow, PartState } from '../../report/model.ts';
import { html, type Markup } from '../markup.ts';
import { cut, px, svgFrame, textWidth, WIDTH } from './frame.ts';
import { type PositionScale, positionScale } from './scale.ts';

const LABEL_PX = 150;
const ROW_PX = 46;
const BAR_PX = 26;
const AXIS_PX = 26;
const LEGEND_PX = 24;

const CLASS: Readonly<Record<PartState, string>> = {
  active: 'fill-active',
  sealed: 'fill-sealed',
  trimmed: 'fill-trimmed',
  archived: 'fill-sealed',
  safe: 'fill-good',
  lost: 'fill-hatch-bad',
  'possibly lost': 'fill-hatch-warn',
  'stored, not known to be acknowledged': 'fill-hatch-warn',
};

/** Rows of one log over one axis of positions. */
export function chainSvg(figure: ChainFigure, caption: string): Markup {
  const scale = positionScale(figure, { left: LABEL_PX, width: WIDTH - LABEL_PX - 16 });
  const axisY = figure.rows.length * ROW_PX + 4;
  return svgFrame(axisY + AXIS_PX + LEGEND_PX, caption, [
    ...figure.rows.flatMap((row, place) => rowSvg(row, place * ROW_PX + 8, scale)),
    ...axisSvg(scale, axisY),
    ...legendSvg(figure, axisY + AXIS_PX + 14),
  ]);
}

function rowSvg(row: ChainRow, y: number, scale: PositionScale): Markup[] {
  const middle = px(y + BAR_PX / 2 + 4);
  const label = html`<text x="0" y="${middle}">${cut(row.label, LABEL_PX - 10)}</text>`;
  if (row.parts.length > 0) return [label, ...row.parts.map((part) => partSvg(part, y, scale))];
  return [label, html`<text x="${LABEL_PX}" y="${middle}" class="soft">${row.empty ?? 'nothing'}</text>`];
}

function partSvg(part: ChainPart, y: number, scale: PositionScale): Markup {
  const x = scale.at(part.from);
  const width = scale.at(part.to) - x;
  const range = part.to === undefined ? `from ${part.from} on` : `${part.from} to ${part.to}`;
  const shape = shapeOf({ x, y, width, isOpen: part.to === undefined }, part.state);
  const fits = textWidth(part.name) < width - 6;
  const name = fits
    ? html`<text x="${px(x + width / 2)}" y="${px(y + BAR_PX / 2 + 4)}" text-anchor="middle" class="${CLASS[part.state].includes('hatch') ? 'plate' : 'in'}">${part.name}</text>`
    : html``;
  return html`<g><title>${part.name === part.state ? '' : `segment ${part.name}, `}${part.state}, ${range}</title>${shape}${name}</g>`;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly isOpen: boolean;
}

/** What goes on ends in an arrow. */
function shapeOf({ x, y, width, isOpen }: Box, state: PartState): Markup {
  const [left, right, top, bottom] = [px(x), px(x + width), px(y), px(y + BAR_PX)];
  const shoulder = px(x + width - 12);
  const path = isOpen
    ? `M${left} ${top}H${shoulder}L${right} ${px(y + BAR_PX / 2)}L${shoulder} ${bottom}H${left}Z`
    : `M${left} ${top}H${right}V${bottom}H${left}Z`;
  return html`<path d="${path}" class="edge ${CLASS[state]}"/>`;
}

function axisSvg({ boundaries, right }: PositionScale, y: number): Markup[] {
  let free = 0;
  const labels = boundaries.map(({ position, x }) => {
    const half = textWidth(String(position)) / 2;
    const tick = html`<path d="M${px(x)} ${y - 6}v8" class="axis"/>`;
    if (x - half < free) return tick;
    free = x + half + 8;
    return html`${tick}<text x="${px(x)}" y="${y + 16}" text-anchor="middle" class="soft small">${String(position)}</text>`;
  });
  return [html`<path d="M${LABEL_PX} ${y}H${px(right)}" class="axis"/>`, ...labels];
}

function legendSvg({ rows }: ChainFigure, y: number): Markup[] {
  const states = [...new Set(rows.flatMap((row) => row.parts.map((part) => part.state)))];
  let x = LABEL_PX;
  return states.map((state) => {
    const here = x;
    x += 26 + textWidth(state);
    return html`<rect x="${px(here)}" y="${y - 9}" width="12" height="12" class="edge ${CLASS[state]}"/><text x="${px(here + 17)}" y="${y + 1}" class="soft small">${state}</text>`;
  });
}
