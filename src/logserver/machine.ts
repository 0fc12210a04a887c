import type { CommandKind, Commands, Replies, Step } from './machine/commands.ts';
import { noteCorrupt, repair, store } from './machine/data.ts';
import { activate, close, provision, seal } from './machine/lifecycle.ts';
import { admit, adopt, pledge, retire } from './machine/membership.ts';
import { drop, trim } from './machine/removal.ts';
import type { View } from './records.ts';

type Handlers = { [Kind in CommandKind]: (view: View, command: Commands[Kind]) => Step<Replies[Kind]> };

const HANDLERS: Handlers = {
  adopt,
  admit,
  pledge,
  retire,
  provision,
  activate,
  seal,
  close,
  repair,
  trim,
  drop,
  store,
  noteCorrupt,
};

/**
 * The LogServer as a pure function: what a command comes to, given what is stored. Whoever calls it makes the writes
 * durable, and only then sends the reply. Rules: `protocol.md` §1 (stores and generations), §3 (store, repair, close,
 * trim), §5.0 (the fence).
 */
export function step<Kind extends CommandKind>(
  view: View,
  kind: Kind,
  command: Commands[Kind],
): Step<Replies[Kind]> {
  return HANDLERS[kind](view, command);
}
