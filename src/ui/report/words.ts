import type { Block, Cell, Report, Section, Tone } from './model.ts';

/** Of a clock reading in milliseconds, in UTC. */
export function momentText(at: number): string {
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}

export function toned(text: string, tone: Tone): Cell {
  return { text, tone };
}

/** A section, unless nothing is to be said in it. */
export function section(title: string, blocks: readonly (Block | undefined)[]): Section[] {
  const said = blocks.filter((block) => block !== undefined);
  return said.length === 0 ? [] : [{ title, blocks: said }];
}

export function list(items: readonly string[], ordered?: true): Block | undefined {
  return items.length === 0 ? undefined : { kind: 'list', items, ...(ordered && { ordered }) };
}

export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): Block | undefined {
  return rows.length === 0 ? undefined : { kind: 'table', head, rows };
}

export function verdict(tone: Tone, word: string, sentence: string): Report['verdict'] {
  return { tone, word, sentence };
}
