import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeChains,
  decodeEpoch,
  decodeNodes,
  decodePartitionTable,
} from '../../../../src/codec/restate/decode.ts';
import {
  encodeChains,
  encodeEpoch,
  encodeNodes,
  encodePartitionTable,
} from '../../../../src/codec/restate/encode.ts';
import { readFlexbuffer } from '../../../../src/codec/restate/flexbuffers.ts';
import { formatReplication, parseReplication } from '../../../../src/codec/restate/text.ts';
import { decodeValue, encodeValue } from '../../../../src/codec/restate/value.ts';
import type { Chains, NodesConfiguration, Value } from '../../../../src/core/restate/values.ts';

/** Bytes of the format's own description, each with the value that it says they are. */
const FLEXBUFFERS: readonly (readonly [what: string, bytes: readonly number[], value: Value])[] = [
  ['null', [0, 0, 1], null],
  ['a number', [13, 4, 1], 13n],
  ['a negative number', [0xff, 4, 1], -1n],
  ['an unsigned one of 64 bits', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 11, 8], (1n << 64n) - 1n],
  ['a float', [0, 0, 0x90, 0x40, 14, 4], 4.5],
  ['true', [1, 104, 1], true],
  ['a string', [3, 0x61, 0x62, 0x63, 0, 4, 20, 1], 'abc'],
  ['a vector of numbers', [3, 1, 2, 3, 3, 44, 1], [1n, 2n, 3n]],
  ['a pair', [1, 2, 2, 64, 1], [1n, 2n]],
  ['a vector of anything', [2, 1, 0, 4, 0, 4, 40, 1], [1n, null]],
  ['a map', [0x61, 0, 1, 3, 1, 1, 1, 5, 4, 2, 36, 1], { a: 5n }],
];

describe('FlexBuffers', () => {
  it.each(FLEXBUFFERS)('reads %s', (_, bytes, value) => {
    expect(readFlexbuffer(Uint8Array.from(bytes))).toEqual(value);
  });

  it('never does worse with damaged bytes than to refuse them', () => {
    const bytes = fc.uint8Array({ maxLength: 64 });
    fc.assert(
      fc.property(bytes, (damaged) => {
        const decoded = decodeValue(Uint8Array.of(2, damaged.length, 0, 0, 0, ...damaged));
        expect(typeof decoded.ok).toBe('boolean');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('JSON values', () => {
  const value: fc.Arbitrary<Value> = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }),
      fc.string(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value as fc.Arbitrary<Value>;

  it('come back as they were, numbers beyond 2^53 and strings that look like numbers included', () => {
    fc.assert(
      fc.property(value, (before) => {
        expect(decodeValue(encodeValue(before))).toEqual({ ok: true, value: before });
      }),
    );
  });
});

describe('registers that are made', () => {
  const nodes: NodesConfiguration = {
    version: 12,
    clusterName: 'lab',
    fingerprint: 17_877_470_539_160_264_046n,
    features: ['controlled-idempotent-sharding'],
    nodes: [
      {
        ...{ id: 1, name: 'n1', generation: 4, address: 'http://127.0.0.1:5122/', location: 'eu.a' },
        ...{ roles: ['log-server'], storageState: 'read-write', metadataState: 'member' },
      },
    ],
  };
  const chains: Chains = {
    version: 5,
    defaultReplication: { zone: 2, node: 3 },
    logs: new Map([
      [
        0,
        [
          {
            ...{ kind: 'replicated', index: 0, base: 1n, logletId: 0n, nodeset: [1, 2, 3] },
            ...{ sequencer: { id: 1, generation: 2 }, replication: { node: 2 } },
          },
          { kind: 'sealed', index: 0, base: 48_879n, permanent: true },
        ],
      ],
    ]),
  };

  it('read back as what they were made from', () => {
    expect(decodeNodes(encodeNodes(nodes, 1n))).toEqual({ ok: true, value: nodes });
    expect(decodeChains(encodeChains(chains))).toEqual({ ok: true, value: chains });
    const table = {
      version: 1,
      replication: { node: 2 },
      partitions: [{ id: 0, logId: 0, from: 0n, to: (1n << 64n) - 1n }],
    };
    expect(decodePartitionTable(encodePartitionTable(table))).toEqual({ ok: true, value: table });
    const epoch = {
      ...{ version: 3, partitionId: 0, epoch: 7n, leader: { id: 2, generation: 1 } },
      ...{ currentVersion: 1, replicaSet: [1, 2], replication: { node: 2 } },
    };
    expect(decodeEpoch(0, encodeEpoch(epoch, 1n))).toEqual({ ok: true, value: epoch });
  });

  it('are refused in one line when they are none', () => {
    const wrong = encodeValue({ version: 1n, nodes: 'none' });
    expect(decodeNodes(wrong)).toMatchObject({ ok: false });
    expect(decodeChains(new Uint8Array())).toMatchObject({ ok: false });
    expect(decodeChains(Uint8Array.of(9, 1))).toEqual({
      ok: false,
      problem: 'It cannot be read: nothing is known of encoding 9.',
    });
  });

  it.each(['{node: 2}', '{zone: 2}', '{node: 3, zone: 2}'])(
    'copies %s are written as they are read',
    (text) => {
      expect(formatReplication(parseReplication(text) ?? {})).toBe(text);
    },
  );
});
