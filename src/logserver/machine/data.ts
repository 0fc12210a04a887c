import { crc32c } from '../../codec/checksum.ts';
import type { Entry } from '../../core/entry.ts';
import type { Position } from '../../core/ids.ts';
import type { Refusal } from '../../ports/LogServer.ts';
import { largest } from '../positions.ts';
import type { LogletRecord, View, Write } from '../records.ts';
import { type Commands, done, type Replies, refuse, type Step } from './commands.ts';
import { enterControl, enterData, notProvisioned, putLoglet, stateOf } from './guards.ts';

export const LISTED_CORRUPT = 1_000;

/**
 * Adds entries that a sequencer sends. The order of checks is `protocol.md` §3: a sealed copy refuses *everything*,
 * also a re-send of what it holds. Otherwise a re-send to copies that a losing reconfigurer has repaired would be
 * acknowledged outside the chain.
 */
export function store(view: View, command: Commands['store']): Step<Replies['store']> {
  const barred = enterData(view);
  if (barred) return refuse(barred);
  const held = view.loglet(command.logletId);
  if (held === undefined) return refuse(notProvisioned(command.logletId));
  if (held.activatedAt === undefined) return refuse({ code: 'notActivated', logletId: command.logletId });
  if (held.sealed) return refuse({ code: 'sealed', localTail: held.localTail });
  const placed = place(view, held, command.entries);
  if ('code' in placed) return refuse(placed);
  const knownCommitted = largest(held.knownCommitted, command.knownCommitted);
  const reply = { localTail: placed.localTail };
  if (placed.writes.length === 0 && knownCommitted === held.knownCommitted) return done(reply);
  const record = { ...held, localTail: placed.localTail, knownCommitted };
  return done(reply, [...placed.writes, putLoglet(record)]);
}

/**
 * Adds entries to a sealed copy: never on an open one, where they could be taken for stored ones and count toward an
 * acknowledgement. `knownCommitted` stays: repair proves nothing about commitment. A corrupt entry is replaced.
 */
export function repair(view: View, command: Commands['repair']): Step<Replies['repair']> {
  const entered = enterControl(view, command.generation);
  if (entered.refusal) return refuse(entered.refusal);
  const held = view.loglet(command.logletId);
  if (held === undefined) return refuse(notProvisioned(command.logletId), entered.writes);
  if (!held.sealed) return refuse({ code: 'notSealed', localTail: held.localTail }, entered.writes);
  const beyond = command.entries.find((entry) => held.close && entry.position >= held.close.end);
  // Above a final end there is only quarantine; adding to it would invent evidence.
  if (beyond) return refuse({ code: 'conflict', position: beyond.position }, entered.writes);
  const placed = place(view, held, command.entries, { heal: true });
  if ('code' in placed) return refuse(placed, entered.writes);
  if (placed.writes.length === 0 && placed.healed.size === 0)
    return done(stateOf(view, held), entered.writes);
  const record = withoutCorrupt({ ...held, localTail: placed.localTail }, placed.healed);
  return done(stateOf(view, record), [...entered.writes, ...placed.writes, putLoglet(record)]);
}

interface Placed {
  readonly writes: readonly Write[];
  readonly localTail: Position;
  readonly healed: ReadonlySet<Position>;
}

/** Where each entry goes: at the tail it is added, below it must be the same; one that is neither refuses all. */
function place(
  view: View,
  held: LogletRecord,
  entries: readonly Entry[],
  options: { readonly heal?: boolean } = {},
): Placed | Refusal {
  const writes: Write[] = [];
  const healed = new Set<Position>();
  let { localTail } = held;
  for (const entry of entries) {
    // Damaged on the way here: refused before it can become the stored truth.
    if (crc32c(entry.payload) !== entry.crc) return { code: 'corrupt', position: entry.position };
    if (entry.position > localTail) return { code: 'gap', localTail };
    if (entry.position < held.firstHeld) return { code: 'trimmed', firstHeld: held.firstHeld };
    if (entry.position === localTail) localTail += 1n;
    else {
      const refusal = differs(view, held.copy, entry);
      if (refusal === undefined) continue;
      if (refusal.code !== 'corrupt' || options.heal !== true) return refusal;
      healed.add(entry.position);
    }
    writes.push({ write: 'entry', copy: held.copy, entry });
  }
  return { writes, localTail, healed };
}

function differs(view: View, copy: number, entry: Entry): Refusal | undefined {
  const { position } = entry;
  const stored = view.entry(copy, position);
  if (stored === undefined || crc32c(stored.payload) !== stored.crc) return { code: 'corrupt', position };
  const same = stored.crc === entry.crc && sameBytes(stored.payload, entry.payload);
  return same ? undefined : { code: 'conflict', position };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function withoutCorrupt(record: LogletRecord, healed: ReadonlySet<Position>): LogletRecord {
  const { corrupt = [], ...rest } = record;
  const left = corrupt.filter((position) => !healed.has(position));
  return left.length === 0 ? rest : { ...rest, corrupt: left };
}

/** Remembers that an entry failed its checksum, so that an assessment sees it without reading everything. */
export function noteCorrupt(view: View, command: Commands['noteCorrupt']): Step<Replies['noteCorrupt']> {
  const held = view.loglet(command.logletId);
  if (held === undefined) return refuse(notProvisioned(command.logletId));
  const { corrupt = [] } = held;
  const { position } = command;
  const outside = position < held.firstHeld || position >= held.localTail;
  if (outside || corrupt.includes(position) || corrupt.length >= LISTED_CORRUPT) return done(null);
  // A repair may have healed it between the read and now.
  const stored = view.entry(held.copy, position);
  if (stored !== undefined && crc32c(stored.payload) === stored.crc) return done(null);
  const listed = [...corrupt, position].sort((a, b) => (a < b ? -1 : 1));
  return done(null, [putLoglet({ ...held, corrupt: listed })]);
}
