import type { Segment, StorageState, Value } from '../../core/restate/values.ts';
import { segmentValue } from './encode.ts';
import { formatIncarnation } from './text.ts';
import { decodeValue, encodeValue } from './value.ts';

/**
 * Registers with a few things changed: everything else is kept, also what this tool does not know. Each throws on
 * bytes that were never decoded: nothing is changed in what cannot be read.
 */
type Fields = { readonly [key: string]: Value };

/** The same value under another version. */
export function reversion(bytes: Uint8Array, version: number): Uint8Array {
  return encodeValue({ ...fieldsOf(bytes), version: BigInt(version) });
}

export interface NodeChange {
  readonly generation?: number;
  readonly storageState?: StorageState;
}

/** A nodes configuration with other generations or storage states of some nodes. */
export function patchNodes(
  bytes: Uint8Array,
  version: number,
  changes: ReadonlyMap<number, NodeChange>,
): Uint8Array {
  const fields = fieldsOf(bytes);
  const nodes = listOf(fields.nodes).map((entry) => {
    const [id, kept] = listOf(entry);
    const change = changes.get(Number(id));
    const node = change === undefined ? undefined : nodeIn(kept);
    return change === undefined || node === undefined
      ? entry
      : [id ?? null, { Node: changedNode(node, change) }];
  });
  return encodeValue({ ...fields, nodes, version: BigInt(version) });
}

function changedNode(node: Fields, { generation, storageState }: NodeChange): Fields {
  const [id] = listOf(node.current_generation);
  return {
    ...node,
    ...(generation !== undefined && { current_generation: [id ?? null, BigInt(generation)] }),
    ...(storageState !== undefined && {
      log_server_config: { ...recordIn(node.log_server_config), storage_state: storageState },
    }),
  };
}

/** The chains of these logs replaced; segments that were there are kept as they were written, but for another sequencer. */
export function patchChains(
  bytes: Uint8Array,
  version: number,
  logs: ReadonlyMap<number, readonly Segment[]>,
): Uint8Array {
  const fields = fieldsOf(bytes);
  const before = new Map(
    listOf(fields.logs).map((entry) => {
      const [logId, log] = listOf(entry);
      return [Number(logId), recordIn(log)];
    }),
  );
  for (const [logId, segments] of logs) {
    const log = before.get(logId) ?? {};
    const chain = segments.map(
      (segment): Value => [segment.base, withSequencer(rawIn(log, segment), segment)],
    );
    before.set(logId, { ...log, chain });
  }
  const after = [...before].map(([logId, log]): Value => [BigInt(logId), log]);
  return encodeValue({ ...fields, logs: after, version: BigInt(version) });
}

function rawIn(log: Fields, { base, index, kind }: Segment): Fields | undefined {
  for (const entry of listOf(log.chain)) {
    const [at, raw] = listOf(entry);
    const fields = recordIn(raw);
    const sameKind = kind === 'other' || fields.kind === kind;
    if (at === base && Number(fields.index) === index && sameKind) return fields;
  }
  return undefined;
}

function withSequencer(raw: Fields | undefined, segment: Segment): Value {
  if (raw === undefined) return segmentValue(segment);
  if (segment.kind !== 'replicated' || typeof raw.params !== 'string') return raw;
  const params = raw.params.replace(
    /("sequencer"\s*:\s*)"[^"]*"/,
    (_, name: string) => `${name}"${formatIncarnation(segment.sequencer)}"`,
  );
  return params === raw.params ? raw : { ...raw, params };
}

function fieldsOf(bytes: Uint8Array): Fields {
  const decoded = decodeValue(bytes);
  if (!decoded.ok) throw new Error(`a register that cannot be read is not changed: ${decoded.problem}`);
  return recordIn(decoded.value);
}

function nodeIn(entry: Value | undefined): Fields | undefined {
  const fields = typeof entry === 'object' && entry !== null ? recordIn(entry) : {};
  return 'Node' in fields ? recordIn(fields.Node) : undefined;
}

function recordIn(value: Value | undefined): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    return {};
  return value as Fields;
}

function listOf(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : [];
}
