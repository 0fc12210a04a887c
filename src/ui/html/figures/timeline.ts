import type { TimelineFigure } from '../../report/model.ts';
import { durationText } from '../../text/duration.ts';
import { html, type Markup } from '../markup.ts';
import { cut, px, svgFrame, WIDTH } from './frame.ts';

const LABEL_PX = 260;
const TAIL_PX = 90;
const ROW_PX = 24;
const LEAST_BAR_PX = 2;

/** One bar for each thing that was done, over one axis of time. */
export function timelineSvg({ bars }: TimelineFigure, caption: string): Markup {
  const endMs = Math.max(1, ...bars.map((bar) => bar.toMs ?? bar.fromMs));
  const width = WIDTH - LABEL_PX - TAIL_PX;
  const at = (ms: number) => LABEL_PX + (ms / endMs) * width;
  const height = bars.length * ROW_PX + 8;
  return svgFrame(height + 22, caption, [
    ...bars.map((bar, place) => barSvg(bar, place * ROW_PX + 4, at)),
    html`<path d="M${LABEL_PX} ${height}H${px(LABEL_PX + width)}" class="axis"/>`,
    html`<text x="${LABEL_PX}" y="${height + 16}" class="soft small">0</text>`,
    html`<text x="${px(LABEL_PX + width)}" y="${height + 16}" text-anchor="end" class="soft small">${durationText(endMs)}</text>`,
  ]);
}

function barSvg(bar: TimelineFigure['bars'][number], y: number, at: (ms: number) => number): Markup {
  const x = at(bar.fromMs);
  const width = Math.max(LEAST_BAR_PX, at(bar.toMs ?? bar.fromMs) - x);
  const took = bar.toMs === undefined ? 'did not end' : durationText(bar.toMs - bar.fromMs);
  return html`<g><title>${bar.label}: ${took}</title><text x="0" y="${px(y + 14)}">${cut(bar.label, LABEL_PX - 12)}</text><rect x="${px(x)}" y="${px(y + 3)}" width="${px(width)}" height="14" rx="2" class="fill-${bar.tone}"/><text x="${px(x + width + 6)}" y="${px(y + 14)}" class="soft small">${took}</text></g>`;
}
