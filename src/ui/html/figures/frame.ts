import { html, type Markup } from '../markup.ts';

export const WIDTH = 880;

/** For all figures of a page. Hatching says without colour what colour says. */
export const HATCHES = html`<svg class="defs" aria-hidden="true"><defs>
<pattern id="hatch-warn" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="hatch-back-warn"/><path d="M0 8L8 0" class="hatch-warn"/></pattern>
<pattern id="hatch-bad" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" class="hatch-back-bad"/><path d="M0 8L8 0M0 0L8 8" class="hatch-bad"/></pattern>
</defs></svg>`;

/** An inline picture with its words for those who do not see it. */
export function svgFrame(height: number, caption: string, content: readonly Markup[]): Markup {
  return html`<svg viewBox="0 0 ${WIDTH} ${Math.round(height)}" role="img" aria-label="${caption.replaceAll('`', '')}">${content}</svg>`;
}

/** Digits are about this wide at 12 px; good enough to decide whether a text fits. */
export function textWidth(text: string): number {
  return text.length * 6.8;
}

export function cut(text: string, widthPx: number): string {
  const most = Math.floor(widthPx / 6.8);
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
}

export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
