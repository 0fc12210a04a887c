import type { Block, Report } from '../../src/ui/report/model.ts';

/** A report that says this text in every place where a report can say something. */
export function saying(text: string): Report {
  const blocks: Block[] = [
    { kind: 'text', text },
    { kind: 'note', tone: 'warn', text },
    { kind: 'list', items: [text] },
    { kind: 'table', head: [text], rows: [[text], [{ text, tone: 'bad' }]] },
    { kind: 'code', text },
    figure(text, { kind: 'chain', rows: [{ label: text, empty: text, parts: [] }] }),
    figure(text, {
      kind: 'chain',
      rows: [{ label: text, parts: [{ name: text, from: 0n, to: 9n, state: 'lost' }] }],
    }),
    figure(text, {
      kind: 'servers',
      columns: [text],
      rows: [{ server: text, note: text, tone: 'good', cells: ['silent'] }],
    }),
    figure(text, { kind: 'timeline', bars: [{ label: text, fromMs: 0, toMs: 1, tone: 'bad' }] }),
    figure(text, { kind: 'trend', unit: text, points: [{ label: text, value: 1, tone: 'good' }] }),
  ];
  return {
    title: text,
    verdict: { tone: 'bad', word: text, sentence: text },
    facts: [[text, text]],
    sections: [{ title: text, blocks }],
  };
}

function figure(caption: string, drawn: Extract<Block, { kind: 'figure' }>['figure']): Block {
  return { kind: 'figure', caption, figure: drawn };
}
