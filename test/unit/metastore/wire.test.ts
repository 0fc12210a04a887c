import { describe, expect, test } from 'vitest';
import { linesOf } from '../../../src/drivers/metastore-http/lines.ts';
import { parseTokens } from '../../../src/serving/tokens.ts';
import { collect } from '../../support/snapshots.ts';

describe('lines of a stream', () => {
  test('are the same however the bytes were cut, and a cut last one is none', async () => {
    const bytes = new TextEncoder().encode('{"a":"é€𝄞"}\n\n{"b":2}\n{"cut":');
    for (let size = 1; size <= bytes.length; size += 1) {
      const parts: Uint8Array[] = [];
      for (let from = 0; from < bytes.length; from += size) parts.push(bytes.subarray(from, from + size));
      const stream = (async function* () {
        yield* parts;
      })();
      expect(await collect(linesOf(stream))).toEqual(['{"a":"é€𝄞"}', '', '{"b":2}']);
    }
  });
});

describe('tokens', () => {
  const tokens = parseTokens(
    '# people\nread  reader-0123456789\n\nappend appender-0123456789\r\noperate operator-0123456789',
  );
  test.each([
    [undefined, 'read', 'unknown'],
    ['', 'read', 'unknown'],
    ['Bearer ', 'read', 'unknown'],
    ['Basic reader-0123456789', 'read', 'unknown'],
    ['Bearer reader-012345678', 'read', 'unknown'],
    ['Bearer reader-0123456789', 'read', 'granted'],
    ['bearer reader-0123456789', 'read', 'granted'],
    ['Bearer reader-0123456789', 'operate', 'weak'],
    ['Bearer appender-0123456789', 'operate', 'weak'],
    ['Bearer operator-0123456789', 'operate', 'granted'],
    ['Bearer operator-0123456789', 'read', 'granted'],
  ] as const)('"%s" for %s: %s', (authorization, role, verdict) => {
    expect(tokens.check(authorization, role)).toBe(verdict);
  });

  test.each([
    '',
    '# none',
    'read',
    'read short',
    'root reader-0123456789',
    'read a-token-0123456789 and more',
  ])('refuses the file "%s", and does not repeat what it holds', (text) => {
    expect(() => parseTokens(text)).toThrow(expect.objectContaining({ code: 'E_CONFIG' }));
    expect(() => parseTokens(text)).not.toThrow(/0123456789/);
  });
});
