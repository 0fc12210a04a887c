import { isPortError, PortError } from '../../core/errors.ts';
import { compareGenerations, type Generation } from '../../core/generation.ts';
import type { LogletId } from '../../core/ids.ts';
import type { LogletState } from '../../core/logletState.ts';
import type { Answer, Refusal, SealedLoglet } from '../../ports/LogServer.ts';
import type { CheckedRecord } from '../checkedRecord.ts';
import type { LogletRecord, ServerRecord, View, Write } from '../records.ts';

/** Whether a control call passes, and the writes that adopt its generation if it is greater. */
export type Admission =
  | { readonly refusal: Refusal }
  | { readonly refusal?: never; readonly server: ServerRecord; readonly writes: readonly Write[] };

/**
 * Every control call passes here first (`protocol.md` §5.0). The order matters: a retired store refuses everyone; a
 * store without a generation has forgotten the fence and obeys no one; a smaller generation is a control plane that a
 * recovery has overtaken.
 */
export function enterControl(view: View, generation: Generation): Admission {
  const server = view.server();
  if (server.retired) return { refusal: { code: 'retired' } };
  if (server.generation === undefined) return { refusal: { code: 'noGeneration', storeId: server.storeId } };
  const order = compareGenerations(generation, server.generation);
  if (order < 0) return { refusal: { code: 'staleGeneration', held: server.generation } };
  if (order === 0) return { server, writes: [] };
  const record = { ...server, generation };
  return { server: record, writes: [{ write: 'server', record }] };
}

/** What the data plane asks of the server: in service, and not without a generation. */
export function enterData(view: View): Refusal | undefined {
  const server = view.server();
  if (server.retired) return { code: 'retired' };
  if (server.generation === undefined) return { code: 'noGeneration', storeId: server.storeId };
  return undefined;
}

export function stateOf(view: View, record: CheckedRecord): LogletState {
  return { ...bareStateOf(record), descriptor: mustBeThere(record, view.descriptor(record.logletId)) };
}

/** What a record says of its loglet, less the descriptor. */
export function bareStateOf(record: CheckedRecord): Omit<LogletState, 'descriptor'> {
  const { logletId: _, logId: __, copy: ___, start: ____, ...state } = record;
  return state;
}

export function mustBeThere<T>(record: LogletRecord, descriptor: T | undefined): T {
  if (descriptor === undefined)
    throw new PortError('corrupt', {
      subject: `loglet ${record.logletId}`,
      message: 'its descriptor is missing from the store; this copy is not used',
    });
  return descriptor;
}

/**
 * One loglet's answer among many. A record that fails its checksum refuses for itself only: it must not keep the
 * others from being sealed.
 */
export function answerFor(logletId: LogletId, answer: () => Answer<LogletState>): SealedLoglet {
  try {
    return { logletId, answer: answer() };
  } catch (error) {
    if (!isPortError(error, 'corrupt')) throw error;
    return { logletId, answer: { ok: false, refusal: { code: 'corrupt', position: 0n } } };
  }
}

export function notProvisioned(logletId: LogletId): Refusal {
  return { code: 'notProvisioned', logletId };
}

export function putLoglet(record: LogletRecord): Write {
  return { write: 'loglet', record };
}
