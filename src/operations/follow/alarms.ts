import type { Alarm, AlarmKind, FollowEvent } from '../../codec/results/follow.ts';
import type { LogId } from '../../core/ids.ts';

/** What is wrong now, each said when it begins and when it ends. A message that only changes is not said again. */
export class Alarms {
  readonly #standing = new Map<string, Alarm>();
  readonly #tell: (event: FollowEvent) => void;

  constructor(tell: (event: FollowEvent) => void) {
    this.#tell = tell;
  }

  raise(kind: AlarmKind, logId: LogId | null, message: string): void {
    const key = keyOf(kind, logId);
    if (this.#standing.has(key)) return;
    const alarm = { kind, logId, message };
    this.#standing.set(key, alarm);
    this.#tell({ event: 'alarm', ...alarm });
  }

  clear(logId: LogId | null, ...kinds: readonly AlarmKind[]): void {
    for (const kind of kinds) {
      const alarm = this.#standing.get(keyOf(kind, logId));
      if (alarm === undefined) continue;
      this.#standing.delete(keyOf(kind, logId));
      this.#tell({ event: 'cleared', ...alarm });
    }
  }

  /** Something that happened, and that nothing can undo. */
  once(kind: AlarmKind, logId: LogId | null, message: string): void {
    this.#tell({ event: 'alarm', kind, logId, message });
  }

  has(kind: AlarmKind, logId: LogId | null): boolean {
    return this.#standing.has(keyOf(kind, logId));
  }

  all(): Alarm[] {
    return [...this.#standing.values()];
  }
}

function keyOf(kind: AlarmKind, logId: LogId | null): string {
  return `${kind} ${logId ?? ''}`;
}
