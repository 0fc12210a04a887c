import { isPortError } from '../../core/errors.ts';
import type { LogletId, Position } from '../../core/ids.ts';
import type { LogTrim } from '../../core/logletState.ts';
import type { LogletRecord, View, Write } from '../records.ts';
import { type Commands, done, type Replies, refuse, type Step } from './commands.ts';
import { enterControl, putLoglet } from './guards.ts';
import { servedLimit } from './read.ts';

/** Records the trim point, then lets go of what lies below it. A trim point never falls. */
export function trim(view: View, command: Commands['trim']): Step<Replies['trim']> {
  const entered = enterControl(view, command.generation);
  if (entered.refusal) return refuse(entered.refusal);
  const { logId, trimPoint, generation } = command;
  const held = view.trim(logId);
  const kept: LogTrim =
    held !== undefined && held.trimPoint >= trimPoint ? held : { logId, trimPoint, generation };
  const writes: Write[] = [...entered.writes];
  if (kept !== held) writes.push({ write: 'trim', trim: kept });
  for (const logletId of view.logletsOf(logId)) {
    const record = soundRecord(view, logletId);
    if (record !== undefined) writes.push(...trimmed(record, kept.trimPoint));
  }
  return done(kept, writes);
}

/** A damaged record keeps what it has; it must not keep the others from being trimmed. */
function soundRecord(view: View, logletId: LogletId): LogletRecord | undefined {
  try {
    return view.loglet(logletId);
  } catch (error) {
    if (isPortError(error, 'corrupt')) return undefined;
    throw error;
  }
}

/** Only what this store itself knows to be committed is let go: quarantine and undecided tails outlive a trim. */
function trimmed(record: LogletRecord, trimPoint: Position): Write[] {
  const limit = servedLimit(record);
  const firstHeld = trimPoint < limit ? trimPoint : limit;
  if (firstHeld <= record.firstHeld) return [];
  const { corrupt = [], ...rest } = record;
  const left = corrupt.filter((position) => position >= firstHeld);
  return [
    putLoglet({ ...rest, firstHeld, ...(left.length > 0 && { corrupt: left }) }),
    { write: 'discard', copy: record.copy, from: record.firstHeld, to: firstHeld },
  ];
}

/**
 * Deletes a loglet. One that is open and active takes entries: it is no orphan, whatever the caller believes, so it
 * must be sealed first.
 */
export function drop(view: View, command: Commands['drop']): Step<Replies['drop']> {
  const entered = enterControl(view, command.generation);
  if (entered.refusal) return refuse(entered.refusal);
  const held = view.loglet(command.logletId);
  if (held === undefined) return done(null, entered.writes);
  if (held.activatedAt !== undefined && !held.sealed)
    return refuse({ code: 'notSealed', localTail: held.localTail }, entered.writes);
  const writes: Write[] = [
    ...entered.writes,
    { write: 'forget', logletId: held.logletId, logId: held.logId },
  ];
  if (held.localTail > held.firstHeld)
    writes.push({ write: 'discard', copy: held.copy, from: held.firstHeld, to: held.localTail });
  return done(null, writes);
}
