import { expect, test } from 'vitest';
import { encodeChains, encodeNodes } from '../../../../src/codec/restate/encode.ts';
import { CHAINS, NODES, type Segment } from '../../../../src/core/restate/values.ts';
import { extendHalfSealed } from '../../../../src/operations/foreign/extend.ts';
import type { ExtendRequest, ForeignCluster } from '../../../../src/ports/ForeignCluster.ts';
import { FINGERPRINT, node, REPLICATION, segment } from '../../../support/restate/evidence.ts';

/** What is asked of a cluster of three, of which the third is silent, whose log 0 has this chain. */
async function extensionsOf(chain: readonly Segment[]): Promise<ExtendRequest[]> {
  const nodes = [1, 2, 3].map((id) => node(id));
  const about = { version: 7, clusterName: 'lab', fingerprint: FINGERPRINT, features: [] };
  const registers = new Map([
    [NODES, { version: 7, bytes: encodeNodes({ ...about, nodes }, 1n) }],
    [CHAINS, { version: 7, bytes: encodeChains({ version: 7, logs: new Map([[0, chain]]) }) }],
  ]);
  const asked: ExtendRequest[] = [];
  const cluster = {
    registers: { get: async (key: string) => registers.get(key), proveWritable: async () => undefined },
    look: async () => [
      ...[1, 2].map((id) => ({ answer: { kind: 'answered', ident: { node: { id, generation: 1 } } } })),
      { answer: { kind: 'silent', reason: 'connection refused' } },
    ],
    sealAndExtend: async (request: ExtendRequest) => {
      asked.push(request);
    },
  };
  await extendHalfSealed(cluster as unknown as ForeignCluster, 0);
  return asked;
}

const last = segment(0, 3, 100n);
const mark = { kind: 'sealed', index: 3, base: 140n } as const;
const likeTheLast = { logId: 0, replication: REPLICATION, nodeset: [1, 2], sequencer: 1 };

test('a log whose chain does not say that it is sealed is extended on the nodes that answer', async () => {
  expect(await extensionsOf([last])).toEqual([likeTheLast]);
});

test('so is one that Restate itself marked on its way to a new segment', async () => {
  expect(await extensionsOf([last, { ...mark, permanent: false }])).toEqual([likeTheLast]);
});

test('one that is sealed for good stays so', async () => {
  expect(await extensionsOf([last, { ...mark, permanent: true }])).toEqual([]);
});
