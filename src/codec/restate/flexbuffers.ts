import type { Value } from '../../core/restate/values.ts';

/**
 * Reads FlexBuffers (the schema-less sibling of FlatBuffers), the encoding in which Restate keeps its registers. A
 * reader of our own because the published one mixes number and bigint and fails on real values. Throws `RangeError`
 * on bytes that are none: every offset is checked by `DataView`, and nesting is bounded.
 */
export function readFlexbuffer(bytes: Uint8Array): Value {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.byteLength;
  const width = view.getUint8(end - 1);
  const packed = view.getUint8(end - 2);
  return new Reader(bytes, view).value({ at: end - 2 - width, width, packed }, 0);
}

/** Where a value stands: `packed` is its type and, for what lies elsewhere, the width used there. */
interface Place {
  readonly at: number;
  readonly width: number;
  readonly packed: number;
}

const TYPE = {
  ...{ null: 0, int: 1, uint: 2, float: 3, key: 4, string: 5, indirectInt: 6, indirectUint: 7 },
  ...{
    indirectFloat: 8,
    map: 9,
    vector: 10,
    firstTyped: 11,
    stringsOfOld: 15,
    firstFixed: 16,
    lastFixed: 24,
  },
  ...{ blob: 25, bool: 26, bools: 36 },
} as const;

/** Deeper than any register is. */
const MAX_DEPTH = 64;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  value({ at, width, packed }: Place, depth: number): Value {
    if (depth > MAX_DEPTH) throw new RangeError(`a value is nested deeper than ${MAX_DEPTH}`);
    const type = packed >> 2;
    const inner = 1 << (packed & 3);
    switch (type) {
      case TYPE.null:
        return null;
      case TYPE.bool:
        return this.#uint(at, width) !== 0n;
      case TYPE.int:
        return this.#int(at, width);
      case TYPE.uint:
        return this.#uint(at, width);
      case TYPE.float:
        return this.#float(at, width);
      case TYPE.indirectInt:
        return this.#int(this.#follow(at, width), inner);
      case TYPE.indirectUint:
        return this.#uint(this.#follow(at, width), inner);
      case TYPE.indirectFloat:
        return this.#float(this.#follow(at, width), inner);
      case TYPE.key:
        return this.#key(this.#follow(at, width));
      case TYPE.string:
        return decoder.decode(this.#sized(this.#follow(at, width), inner));
      case TYPE.blob:
        return this.#sized(this.#follow(at, width), inner).slice();
      case TYPE.map:
        return this.#map(this.#follow(at, width), inner, depth);
      case TYPE.vector:
        return this.#vector(this.#follow(at, width), inner, depth);
      default:
        return this.#typedVector(type, this.#follow(at, width), inner, depth);
    }
  }

  #map(at: number, width: number, depth: number): Value {
    const keys = this.#follow(at - 3 * width, width);
    const keyWidth = Number(this.#uint(at - 2 * width, width));
    const count = this.#count(at, width);
    const types = at + count * width;
    return Object.fromEntries(
      Array.from({ length: count }, (_, place) => [
        this.#key(this.#follow(keys + place * keyWidth, keyWidth)),
        this.value({ at: at + place * width, width, packed: this.#view.getUint8(types + place) }, depth + 1),
      ]),
    );
  }

  #vector(at: number, width: number, depth: number): Value {
    const count = this.#count(at, width);
    const types = at + count * width;
    return Array.from({ length: count }, (_, place) =>
      this.value({ at: at + place * width, width, packed: this.#view.getUint8(types + place) }, depth + 1),
    );
  }

  /** Vectors whose elements have one type, and so none of their own. The short ones have no count either. */
  #typedVector(type: number, at: number, width: number, depth: number): Value {
    const isFixed = type >= TYPE.firstFixed && type <= TYPE.lastFixed;
    if (type !== TYPE.bools && (type < TYPE.firstTyped || type > TYPE.lastFixed))
      throw new RangeError(`FlexBuffers knows no type ${type}`);
    const count = isFixed ? Math.floor((type - TYPE.firstFixed) / 3) + 2 : this.#count(at, width);
    const packed = elementOf(type, isFixed) << 2;
    return Array.from({ length: count }, (_, place) =>
      this.value({ at: at + place * width, width, packed }, depth + 1),
    );
  }

  #sized(at: number, width: number): Uint8Array {
    const length = this.#count(at, width);
    return this.#bytes.subarray(at, at + length);
  }

  #key(at: number): string {
    const end = this.#bytes.indexOf(0, at);
    if (end < 0) throw new RangeError('a key does not end');
    return decoder.decode(this.#bytes.subarray(at, end));
  }

  /** Offsets count backwards from where they stand. */
  #follow(at: number, width: number): number {
    return at - Number(this.#uint(at, width));
  }

  /** Never more elements than there are bytes: a damaged count must not allocate the machine's memory. */
  #count(at: number, width: number): number {
    const count = Number(this.#uint(at - width, width));
    if (count > this.#bytes.byteLength)
      throw new RangeError(`${count} elements in ${this.#bytes.byteLength} bytes`);
    return count;
  }

  #uint(at: number, width: number): bigint {
    if (width === 1) return BigInt(this.#view.getUint8(at));
    if (width === 2) return BigInt(this.#view.getUint16(at, true));
    if (width === 4) return BigInt(this.#view.getUint32(at, true));
    if (width === 8) return this.#view.getBigUint64(at, true);
    throw new RangeError(`a width of ${width} bytes`);
  }

  #int(at: number, width: number): bigint {
    return BigInt.asIntN(width * 8, this.#uint(at, width));
  }

  #float(at: number, width: number): number {
    if (width === 4) return this.#view.getFloat32(at, true);
    if (width === 8) return this.#view.getFloat64(at, true);
    throw new RangeError(`a float of ${width} bytes`);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function elementOf(type: number, isFixed: boolean): number {
  if (type === TYPE.bools) return TYPE.bool;
  if (isFixed) return ((type - TYPE.firstFixed) % 3) + TYPE.int;
  return type === TYPE.stringsOfOld ? TYPE.string : type - TYPE.firstTyped + TYPE.int;
}
