import fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import { crc32c } from '../../../src/codec/checksum.ts';
import type {
  appendOutcomeSchema,
  inventoryItemSchema,
  refusalSchema,
  sealedLogletSchema,
} from '../../../src/codec/logserver.ts';
import { decodeFrame, encodeFrame } from '../../../src/codec/logserverFrame.ts';
import { isPortError } from '../../../src/core/errors.ts';
import type { AppendOutcome, InventoryItem, Refusal, SealedLoglet } from '../../../src/ports/LogServer.ts';

test('the wire knows everything that the port can say', () => {
  expectTypeOf<Refusal['code']>().toEqualTypeOf<z.infer<typeof refusalSchema>['code']>();
  expectTypeOf<AppendOutcome['outcome']>().toEqualTypeOf<z.infer<typeof appendOutcomeSchema>['outcome']>();
  expectTypeOf<InventoryItem['item']>().toEqualTypeOf<z.infer<typeof inventoryItemSchema>['item']>();
  expectTypeOf<SealedLoglet['answer']['ok']>().toEqualTypeOf<
    z.infer<typeof sealedLogletSchema>['answer']['ok']
  >();
});

const frames = fc
  .record({
    mark: fc.bigInt(0n, (1n << 63n) - 1n),
    from: fc.bigInt(0n, 1n << 62n),
    payloads: fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }),
  })
  .map(({ mark, from, payloads }) => ({
    mark,
    entries: payloads.map((payload, at) => ({
      position: from + BigInt(at),
      payload,
      crc: crc32c(payload),
    })),
  }));

test('a frame comes back as it was sent', () => {
  fc.assert(
    fc.property(frames, (frame) => {
      const decoded = decodeFrame(encodeFrame(frame));
      expect(decoded.mark).toBe(frame.mark);
      expect(decoded.entries.map((entry) => ({ ...entry, payload: [...entry.payload] }))).toEqual(
        frame.entries.map((entry) => ({ ...entry, payload: [...entry.payload] })),
      );
    }),
  );
});

test('a frame with any bit flipped, cut anywhere or lengthened is corrupt', () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.integer({ min: 0, max: 7 }), (frame, at, bit) => {
      const sound = encodeFrame(frame);
      const flipped = Buffer.from(sound);
      const place = at % sound.length;
      flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
      for (const damaged of [flipped, sound.subarray(0, place), Buffer.concat([sound, Buffer.alloc(1)])])
        expect(() => decodeFrame(damaged)).toThrow(
          expect.toSatisfy((error) => isPortError(error, 'corrupt')),
        );
    }),
  );
});

test('bytes that are no frame are corrupt, never a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(() => decodeFrame(Buffer.from(bytes))).toThrow();
    }),
  );
});
