import { describe, expect, test } from 'vitest';
import { verifyForeign } from '../../../../src/operations/foreign/verify/verify.ts';
import { exists, type Standing, standingCluster } from '../../../support/restate/standingCluster.ts';

async function verify(standing: Standing) {
  const found = await verifyForeign({ cluster: standingCluster(standing), probe: false });
  const [segment] = found.logs[0]?.segments ?? [];
  return { verdict: found.verdict, missing: segment?.missing, thin: segment?.thin };
}

describe('records 1 to 9, {node: 2} of three', () => {
  const tail = 10n;

  test('each on two of them: whole', async () => {
    const held = { 1: [exists(1n, 9n)], 2: [exists(1n, 4n)], 3: [exists(5n, 9n)] };
    expect(await verify({ held, tail })).toEqual({ verdict: 'ok', missing: [], thin: [] });
  });

  test('some on one only: thin, which is a risk and no loss', async () => {
    const held = { 1: [exists(1n, 9n)], 2: [exists(1n, 3n)], 3: [exists(7n, 9n)] };
    expect(await verify({ held, tail })).toEqual({
      verdict: 'risk',
      missing: [],
      thin: [{ from: 4n, to: 7n }],
    });
  });

  test('some on nobody: missing, which is a loss', async () => {
    const held = { 1: [exists(1n, 5n)], 2: [exists(1n, 5n), exists(8n, 9n)], 3: [exists(8n, 9n)] };
    expect(await verify({ held, tail })).toEqual({
      verdict: 'loss',
      missing: [{ from: 6n, to: 8n }],
      thin: [],
    });
  });

  test('what a silent node held alone with one that answers is thin', async () => {
    expect(await verify({ held: { 1: [exists(1n, 9n)], 2: [exists(1n, 5n)] }, tail })).toMatchObject({
      verdict: 'risk',
      thin: [{ from: 6n, to: 10n }],
    });
  });

  test('trimmed on purpose is not missed', async () => {
    const trimmed = { from: 1n, to: 5n, state: 'trimmed' as const };
    const held = { 1: [trimmed, exists(6n, 9n)], 2: [trimmed, exists(6n, 9n)], 3: [trimmed] };
    expect(await verify({ held, tail })).toEqual({ verdict: 'ok', missing: [], thin: [] });
  });
});
