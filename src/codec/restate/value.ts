import type { Value } from '../../core/restate/values.ts';
import type { Decoded } from '../metastore.ts';
import { readFlexbuffer } from './flexbuffers.ts';

/** The first byte of a register's value says how the rest is written. Servers write the one, and read both. */
const FLEXBUFFERS = 2;
const JSON_TEXT = 5;
const LENGTH_BYTES = 4;

/** Any value of a register, without knowing its shape. */
export function decodeValue(bytes: Uint8Array): Decoded<Value> {
  try {
    return { ok: true, value: read(bytes) };
  } catch (error) {
    return {
      ok: false,
      problem: error instanceof Error ? `It cannot be read: ${error.message}.` : String(error),
    };
  }
}

/** As JSON, whole numbers of any size as they are. Bytes have no JSON: what holds some is only ever copied. */
export function encodeValue(value: Value): Uint8Array {
  return Uint8Array.of(JSON_TEXT, ...new TextEncoder().encode(jsonOf(value)));
}

function read(bytes: Uint8Array): Value {
  const [codec] = bytes;
  if (codec === JSON_TEXT)
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(1)));
  if (codec !== FLEXBUFFERS) throw new RangeError(`nothing is known of encoding ${codec ?? 'none'}`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  const body = bytes.subarray(1 + LENGTH_BYTES);
  if (body.byteLength !== length) throw new RangeError(`${body.byteLength} bytes instead of ${length}`);
  return readFlexbuffer(body);
}

function jsonOf(value: Value): string {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Uint8Array) throw new RangeError('bytes have no JSON');
  if (isList(value)) return `[${value.map(jsonOf).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${jsonOf(member)}`);
  return `{${members.join(',')}}`;
}

function isList(value: object): value is readonly Value[] {
  return Array.isArray(value);
}

/** Whole numbers become bigint before `JSON.parse` could round them: marked as strings, and recognised again. */
export function parseJson(text: string): Value {
  const marked = text.replace(/"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => {
    if (token.startsWith('"')) return `"s${token.slice(1)}`;
    return /^-?\d+$/.test(token) ? `"n${token}"` : token;
  });
  return unmark(JSON.parse(marked));
}

function unmark(value: unknown): Value {
  if (typeof value === 'string') return value.startsWith('n') ? BigInt(value.slice(1)) : value.slice(1);
  if (Array.isArray(value)) return value.map(unmark);
  if (typeof value !== 'object' || value === null) return value as null | boolean | number;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key.slice(1), unmark(member)]));
}
