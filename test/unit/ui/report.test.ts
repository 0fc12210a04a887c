import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlPage } from '../../../src/ui/html/page.ts';
import { markdownPage } from '../../../src/ui/markdown/page.ts';
import { chainRow } from '../../../src/ui/report/chains.ts';
import { saying } from '../../support/report.ts';

const tagsOf = (page: string) => [...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([tag]) => tag);

describe('a page', () => {
  const plain = tagsOf(htmlPage(saying('plain')));

  it('has no script, and a policy that lets nothing be loaded', () => {
    const page = htmlPage(saying('plain'));
    expect(plain).not.toContain('<script');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/\b(src|href)="(?!data:)/);
  });

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onload='alert(1)",
    '</style><b>',
    '</title><i>',
    '\u001b[2J<b>',
    'a ` < ` b',
  ])('no text becomes markup: %j', (text) => {
    const withoutCode = (tags: readonly string[]) => tags.filter((tag) => !/code|title/.test(tag));
    expect(withoutCode(tagsOf(htmlPage(saying(text))))).toEqual(withoutCode(plain));
  });

  it('no text whatsoever becomes markup', () => {
    const known = new Set(plain);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tagsOf(htmlPage(saying(text))).filter((tag) => !known.has(tag))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('markdown', () => {
  it('no text becomes a heading, a row or markup', () => {
    const page = markdownPage(saying('a | b\n# c <i> *d* _e_ [f](g) `h|i`'));
    const prose = page.replace(/^```[\s\S]*?^```/gm, '');
    expect(prose.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2);
    expect(prose).not.toMatch(/(?<!\\)<i>|(?<!\\)\*d|(?<!\\)\[f/);
    // One column: whatever the text holds, a row has as many cells as the head.
    expect(prose.split('\n').filter((line) => /^\| a (?!\\\|)/.test(line))).toEqual([]);
  });

  it('a text with a fence does not end the fence', () => {
    const page = markdownPage(saying('before\n```\nafter'));
    expect(page).toContain('````\nbefore\n```\nafter\n````');
  });
});

describe('a long chain', () => {
  const segments = Array.from({ length: 40 }, (_, index) => ({
    index,
    start: BigInt(index * 10),
    end: index === 39 ? undefined : BigInt(index * 10 + 10),
    state: index === 39 ? ('active' as const) : index === 20 ? ('lost' as const) : ('sealed' as const),
  }));

  it('is told by its ends and by what is not plainly sealed, without a gap', () => {
    const { parts } = chainRow('now', segments);
    expect(parts.map(({ name, state }) => `${name} ${state}`)).toEqual([
      '0 sealed',
      '1 … 19 sealed',
      '20 lost',
      '21 … 35 sealed',
      '36 sealed',
      '37 sealed',
      '38 sealed',
      '39 active',
    ]);
    parts.slice(1).forEach((part, place) => {
      expect(part.from).toBe(parts[place]?.to);
    });
  });
});
