import type { TrendFigure } from '../../report/model.ts';
import { html, type Markup } from '../markup.ts';
import { px, svgFrame, WIDTH } from './frame.ts';

const LEFT_PX = 70;
const HEIGHT_PX = 150;

/** One dot for each measurement, oldest first, from zero up: what looks small is small. */
export function trendSvg({ unit, points }: TrendFigure, caption: string): Markup {
  const most = Math.max(1, ...points.map((point) => point.value));
  const step = (WIDTH - LEFT_PX - 40) / Math.max(1, points.length - 1);
  const place = (index: number) => LEFT_PX + 20 + (points.length === 1 ? 0 : index * step);
  const level = (value: number) => 14 + (1 - value / most) * (HEIGHT_PX - 28);
  const path = points.map((point, index) => `${px(place(index))} ${px(level(point.value))}`).join('L');
  const first = points[0];
  const last = points.at(-1);
  return svgFrame(HEIGHT_PX + 24, caption, [
    html`<path d="M${LEFT_PX} ${px(level(0))}H${WIDTH - 10}M${LEFT_PX} ${px(level(most))}H${WIDTH - 10}" class="axis"/>`,
    html`<text x="${LEFT_PX - 8}" y="${px(level(most) + 4)}" text-anchor="end" class="soft small">${most} ${unit}</text>`,
    html`<text x="${LEFT_PX - 8}" y="${px(level(0) + 4)}" text-anchor="end" class="soft small">0</text>`,
    html`<path d="M${path}" class="trace"/>`,
    ...points.map(
      ({ label, value, tone }, index) =>
        html`<circle cx="${px(place(index))}" cy="${px(level(value))}" r="4.5" class="fill-${tone}"><title>${label}: ${value} ${unit}</title></circle>`,
    ),
    html`<text x="${px(place(0))}" y="${HEIGHT_PX + 14}" class="soft small">${first?.label ?? ''}</text>`,
    points.length > 1
      ? html`<text x="${WIDTH - 10}" y="${HEIGHT_PX + 14}" text-anchor="end" class="soft small">${last?.label ?? ''}</text>`
      : html``,
  ]);
}
