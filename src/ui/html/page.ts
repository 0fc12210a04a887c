import type { Block, Cell, Figure, Report, Section, Tone } from '../report/model.ts';
import { chainSvg } from './figures/chain.ts';
import { HATCHES } from './figures/frame.ts';
import { serversSvg } from './figures/servers.ts';
import { timelineSvg } from './figures/timeline.ts';
import { trendSvg } from './figures/trend.ts';
import { inline } from './inline.ts';
import { html, Markup } from './markup.ts';
import { STYLE } from './style.ts';

/**
 * One self-contained page: no script, and by its own policy no resource from anywhere. Read on a phone at night and
 * printed for a meeting.
 */
export function htmlPage(report: Report): string {
  const { title, verdict, facts, sections } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${HATCHES}
<main>
<header class="${verdict.tone}">
<h1>${inline(title)}</h1>
<p class="verdict"><strong class="word">${inline(verdict.word)}</strong> <span>${inline(verdict.sentence)}</span></p>
<dl>${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${inline(value)}</dd></div>`)}</dl>
</header>
${sections.map(sectionHtml)}
</main>
</body>
</html>
`.text;
}

function sectionHtml({ title, blocks }: Section): Markup {
  return html`<section>
<h2>${inline(title)}</h2>
${blocks.map(blockHtml)}
</section>
`;
}

function blockHtml(block: Block): Markup {
  switch (block.kind) {
    case 'text':
      return html`<p>${inline(block.text)}</p>\n`;
    case 'note':
      return html`<p class="note ${block.tone}">${inline(block.text)}</p>\n`;
    case 'list': {
      const items = block.items.map((item) => html`<li>${inline(item)}</li>`);
      return block.ordered ? html`<ol>${items}</ol>\n` : html`<ul>${items}</ul>\n`;
    }
    case 'code':
      return html`<pre tabindex="0"><code>${block.text}</code></pre>\n`;
    case 'table':
      return tableHtml(block);
    case 'figure':
      return html`<figure><div class="wide" tabindex="0">${figureSvg(block.figure, block.caption)}</div><figcaption>${inline(block.caption)}</figcaption></figure>\n`;
  }
}

function tableHtml({ head, rows }: Extract<Block, { kind: 'table' }>): Markup {
  const cells = (row: readonly Cell[]) =>
    row.map((cell, place) => html`<td data-label="${head[place] ?? ''}">${cellHtml(cell)}</td>`);
  return html`<div class="wide"><table>
<thead><tr>${head.map((title) => html`<th scope="col">${inline(title)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody>
</table></div>
`;
}

function cellHtml(cell: Cell): Markup {
  return typeof cell === 'string' ? inline(cell) : pill(cell.tone, cell.text);
}

function pill(tone: Tone, text: string): Markup {
  return html`<span class="pill ${tone}">${inline(text)}</span>`;
}

function figureSvg(figure: Figure, caption: string): Markup {
  switch (figure.kind) {
    case 'chain':
      return chainSvg(figure, caption);
    case 'servers':
      return serversSvg(figure, caption);
    case 'timeline':
      return timelineSvg(figure, caption);
    case 'trend':
      return trendSvg(figure, caption);
  }
}
