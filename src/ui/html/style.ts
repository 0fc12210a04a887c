/** All of a page's looks. Colour never says anything alone: words and hatching say it too. */
export const STYLE = `
:root {
  --paper: #fbfbfa; --card: #ffffff; --ink: #1c2126; --soft: #5a646e; --line: #dfe2e6; --code: #f1f2f4;
  --good: #1a7f4b; --good-wash: #e4f4ea; --warn: #8a5a00; --warn-wash: #fdf1d8; --bad: #b3261e; --bad-wash: #fce8e6;
  --quiet: #5a646e; --quiet-wash: #eceef1; --sealed: #8fa8c8; --active: #4ba97a; --trimmed: #c9ced4;
  --on-fill: #10161c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181c; --card: #1b2026; --ink: #e6e9ec; --soft: #9aa5b0; --line: #323a43; --code: #242b32;
    --good: #6fd19b; --good-wash: #16331f; --warn: #f0c063; --warn-wash: #382b0c; --bad: #ff8f86; --bad-wash: #431a17;
    --quiet: #9aa5b0; --quiet-wash: #2a313a; --sealed: #5f7fa8; --active: #3f9468; --trimmed: #4a535d;
    --on-fill: #ffffff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { background: var(--card); border: 1px solid var(--line); border-left: .4rem solid var(--quiet); border-radius: .5rem; padding: 1.25rem 1.5rem; }
header.good { border-left-color: var(--good); } header.warn { border-left-color: var(--warn); } header.bad { border-left-color: var(--bad); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .5rem; }
h1, h2, p, li, figcaption { overflow-wrap: break-word; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
p { margin: .6rem 0; } ul, ol { padding-left: 1.4rem; margin: .6rem 0; } li { margin: .25rem 0; }
.verdict { font-size: 1.05rem; }
.word, .pill { display: inline-block; border-radius: .3rem; padding: .05rem .5rem; font-weight: 600; white-space: nowrap; background: var(--quiet-wash); color: var(--quiet); }
.pill { font-size: .85rem; } .pill:has(wbr), .word:has(wbr) { white-space: normal; }
.good .word, .pill.good { background: var(--good-wash); color: var(--good); }
.warn .word, .pill.warn { background: var(--warn-wash); color: var(--warn); }
.bad .word, .pill.bad { background: var(--bad-wash); color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .6rem 1.5rem; margin: 1rem 0 0; }
dt { color: var(--soft); font-size: .8rem; } dd { margin: 0; } dt, dd { overflow-wrap: anywhere; }
.note { border-left: .25rem solid var(--quiet); background: var(--quiet-wash); border-radius: 0 .3rem .3rem 0; padding: .5rem .9rem; }
.note.good { border-color: var(--good); background: var(--good-wash); } .note.warn { border-color: var(--warn); background: var(--warn-wash); } .note.bad { border-color: var(--bad); background: var(--bad-wash); }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .87em; }
code { background: var(--code); border-radius: .25rem; padding: .1em .3em; overflow-wrap: anywhere; }
pre { background: var(--code); border-radius: .4rem; padding: .9rem 1rem; overflow-x: auto; line-height: 1.45; } pre code { background: none; padding: 0; overflow-wrap: normal; }
.wide { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: .8rem; } th, td { padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td, td code { overflow-wrap: break-word; } .whole { white-space: nowrap; } td:last-child { padding-right: 0; }
figure { margin: 1rem 0; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; break-inside: avoid; }
figcaption { color: var(--soft); font-size: .85rem; }
svg { display: block; width: 100%; min-width: 34rem; height: auto; font-family: inherit; }
svg.defs { position: absolute; width: 0; min-width: 0; height: 0; }
svg text { fill: var(--ink); font-size: 12px; } svg .soft { fill: var(--soft); } svg .in { fill: var(--on-fill); font-weight: 600; } svg .small { font-size: 11px; }
svg .axis { stroke: var(--line); } svg .edge { stroke: var(--card); stroke-width: 1.5; }
svg .fill-sealed { fill: var(--sealed); } svg .fill-active { fill: var(--active); } svg .fill-trimmed { fill: var(--trimmed); }
svg .fill-good { fill: var(--active); } svg .fill-warn { fill: var(--warn); } svg .fill-bad { fill: var(--bad); } svg .fill-quiet { fill: var(--sealed); }
svg .fill-hatch-warn { fill: url(#hatch-warn); } svg .fill-hatch-bad { fill: url(#hatch-bad); } svg .plate { font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 4px; }
svg .hatch-back-warn { fill: var(--warn-wash); } svg .hatch-back-bad { fill: var(--bad-wash); }
svg .hatch-warn { stroke: var(--warn); stroke-width: 2; } svg .hatch-bad { stroke: var(--bad); stroke-width: 2; }
svg .ring { fill: none; stroke: var(--bad); stroke-width: 2; stroke-dasharray: 3 2; } svg .outline { fill: none; stroke: var(--soft); }
svg .trace { fill: none; stroke: var(--soft); stroke-width: 1.5; }
@media (max-width: 40rem) {
  body { font-size: 15px; } main { padding: 1rem .75rem 3rem; } header { padding: 1rem; }
  table, tbody, tr, td { display: block; width: 100%; } thead { display: none; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } td { border: 0; padding: .1rem 0; }
  td:empty { display: none; } td:not([data-label=""])::before { content: attr(data-label); color: var(--soft); font-size: .8rem; display: block; } td, td code { overflow-wrap: anywhere; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --code: #f4f4f4;
    --good: #14633a; --good-wash: #e4f4ea; --warn: #6b4600; --warn-wash: #fdf1d8; --bad: #8c1d18; --bad-wash: #fce8e6;
    --quiet: #444; --quiet-wash: #eee; --sealed: #8fa8c8; --active: #4ba97a; --trimmed: #c9ced4; --on-fill: #10161c; color-scheme: light; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  @page { margin: 16mm 14mm; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  h2 { break-after: avoid; } tr, figure, .note, header { break-inside: avoid; } pre { white-space: pre-wrap; } svg { min-width: 0; } .wide { overflow: visible; }
}
`;
