import { sameGeneration } from '../../core/generation.ts';
import type { View } from '../records.ts';
import { type Commands, done, type Replies, refuse, type Step } from './commands.ts';
import { enterControl } from './guards.ts';

/** Takes a generation that is greater than, or the same as, the one held. Only `admit` gives a first one. */
export function adopt(view: View, { generation }: Commands['adopt']): Step<Replies['adopt']> {
  const entered = enterControl(view, generation);
  return entered.refusal ? refuse(entered.refusal) : done(entered.server, entered.writes);
}

export function admit(view: View, { generation, storeId }: Commands['admit']): Step<Replies['admit']> {
  const server = view.server();
  if (server.retired) return refuse({ code: 'retired' });
  // The operator looked at one disk; another one may stand here by now, and it has forgotten other things.
  if (server.storeId !== storeId) return refuse({ code: 'wrongStore', held: server.storeId });
  if (server.generation !== undefined) {
    if (sameGeneration(server.generation, generation)) return done(server);
    return refuse({ code: 'alreadyAdmitted', held: server.generation });
  }
  const record = { ...server, generation };
  return done(record, [{ write: 'server', record }]);
}

export function pledge(view: View, { generation }: Commands['pledge']): Step<Replies['pledge']> {
  const entered = enterControl(view, generation);
  if (entered.refusal) return refuse(entered.refusal);
  const record = { ...entered.server, pledged: entered.server.pledged + 1 };
  return done(record, [...entered.writes, { write: 'server', record }]);
}

export function retire(
  view: View,
  { generation, storeId, pledged }: Commands['retire'],
): Step<Replies['retire']> {
  const server = view.server();
  if (server.storeId !== storeId) return refuse({ code: 'wrongStore', held: server.storeId });
  if (server.retired) return done(server);
  if (pledged !== undefined && pledged !== server.pledged)
    return refuse({ code: 'pledgedSince', pledged: server.pledged });
  const entered = enterControl(view, generation);
  if (entered.refusal) return refuse(entered.refusal);
  const record = { ...server, generation, retired: true };
  return done(record, [{ write: 'server', record }]);
}
