import { descriptorDigest } from '../../core/descriptor.ts';
import type { Generation } from '../../core/generation.ts';
import type { LogletId } from '../../core/ids.ts';
import type { CloseRecord } from '../../core/logletState.ts';
import type { Refusal, SealedLoglet } from '../../ports/LogServer.ts';
import { largest } from '../positions.ts';
import type { LogletRecord, View, Write } from '../records.ts';
import { type Commands, done, type Replies, refuse, type Step } from './commands.ts';
import { answerFor, enterControl, notProvisioned, putLoglet, stateOf } from './guards.ts';

/** Writes the descriptor. Repeating it is fine at any later time; another one for the same loglet never is. */
export function provision(view: View, command: Commands['provision']): Step<Replies['provision']> {
  const entered = enterControl(view, command.generation);
  if (entered.refusal) return refuse(entered.refusal);
  const { server, writes } = entered;
  const { descriptor } = command;
  if (descriptor.clusterId !== server.clusterId)
    return refuse({ code: 'wrongCluster', held: server.clusterId }, writes);
  // The store counts, not the server: on a replaced disk the nodeset's promise would be empty.
  const member = descriptor.nodeset.find((one) => one.serverId === server.serverId);
  if (member?.storeId !== server.storeId) return refuse({ code: 'wrongStore', held: server.storeId }, writes);
  const digest = descriptorDigest(descriptor);
  const held = view.loglet(descriptor.logletId);
  if (held !== undefined) {
    if (held.descriptorDigest !== digest)
      return refuse({ code: 'descriptorDiffers', heldDigest: held.descriptorDigest }, writes);
    return done(stateOf(view, held), writes);
  }
  const record: LogletRecord = {
    logletId: descriptor.logletId,
    logId: descriptor.logId,
    descriptorDigest: digest,
    copy: server.nextCopy,
    start: descriptor.start,
    firstHeld: descriptor.start,
    localTail: descriptor.start,
    sealed: false,
    knownCommitted: descriptor.start,
  };
  const { logletId: _, logId: __, copy: ___, start: ____, ...state } = record;
  return done({ ...state, descriptor }, [
    { write: 'server', record: { ...server, nextCopy: server.nextCopy + 1, pledged: server.pledged + 1 } },
    { write: 'descriptor', descriptor },
    putLoglet(record),
  ]);
}

/** Marks the loglet as installed, also on a sealed copy: the mark is evidence even when it takes no entries any more. */
export function activate(view: View, command: Commands['activate']): Step<Replies['activate']> {
  return onLoglet(view, command, (held) =>
    held.activatedAt === undefined ? { ...held, activatedAt: command.chainVersion } : held,
  );
}

export function seal(view: View, command: Commands['seal']): Step<Replies['seal']> {
  const entered = enterControl(view, command.generation);
  if (entered.refusal) {
    const answer = { ok: false, refusal: entered.refusal } as const;
    return { reply: command.logletIds.map((logletId) => ({ logletId, answer })), writes: [] };
  }
  const writes: Write[] = [...entered.writes];
  const reply = [...new Set(command.logletIds)].map((logletId) => sealOne(view, logletId, writes));
  return { reply, writes };
}

function sealOne(view: View, logletId: LogletId, writes: Write[]): SealedLoglet {
  return answerFor(logletId, () => {
    const held = view.loglet(logletId);
    if (held === undefined) return { ok: false, refusal: notProvisioned(logletId) };
    const sealed = sealedRecord(held);
    const value = stateOf(view, sealed);
    if (!held.sealed) writes.push(putLoglet(sealed));
    return { ok: true, value };
  });
}

/** Remembers what it held then: repair may add to the copy later, and what it adds proves nothing. */
function sealedRecord(held: LogletRecord): LogletRecord {
  return held.sealed ? held : { ...held, sealed: true, tailAtSeal: held.localTail };
}

/** The end is final: seals, and everything below it may be served. */
export function close(view: View, command: Commands['close']): Step<Replies['close']> {
  return onLoglet(view, command, (held) => {
    const refusal = closeRefusal(held, command.close);
    if (refusal) return refusal;
    if (held.close !== undefined) return held;
    const { end } = command.close;
    return {
      ...sealedRecord(held),
      close: command.close,
      knownCommitted: largest(held.knownCommitted, end),
    };
  });
}

function closeRefusal(held: LogletRecord, { end, successor }: CloseRecord): Refusal | undefined {
  if (held.close !== undefined) {
    const same = held.close.end === end && held.close.successor.logletId === successor.logletId;
    return same ? undefined : { code: 'closeDiffers', held: held.close };
  }
  // Ending below what the sequencer acknowledged would hide acknowledged entries: someone is wrong, and it shows here.
  if (end < held.knownCommitted) return { code: 'conflict', position: end };
  return undefined;
}

/** Runs a change of one loglet behind the fence; a refusal or the same record writes nothing of it. */
export function onLoglet(
  view: View,
  command: { readonly generation: Generation; readonly logletId: LogletId },
  change: (held: LogletRecord) => LogletRecord | Refusal,
): Step<Replies['activate']> {
  const entered = enterControl(view, command.generation);
  if (entered.refusal) return refuse(entered.refusal);
  const held = view.loglet(command.logletId);
  if (held === undefined) return refuse(notProvisioned(command.logletId), entered.writes);
  const changed = change(held);
  if ('code' in changed) return refuse(changed, entered.writes);
  const writes = changed === held ? entered.writes : [...entered.writes, putLoglet(changed)];
  return done(stateOf(view, changed), writes);
}
