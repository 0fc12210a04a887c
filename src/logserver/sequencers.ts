import type { Incarnation, LogletId, Position } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import type { Answer, AppendOutcome, Refusal } from '../ports/LogServer.ts';
import { enterData, notProvisioned } from './machine/guards.ts';
import type { View } from './records.ts';
import { Sequencer, type SequencerOptions } from './sequencer.ts';

export interface SequencersOptions extends Omit<SequencerOptions, 'descriptor'> {
  readonly view: View;
  readonly incarnation: Incarnation;
}

/** The sequencers of one process, at most one for each loglet, each made once. */
export class Sequencers {
  readonly #options: SequencersOptions;
  readonly #live = new Map<LogletId, Sequencer>();
  /** Loglets whose sequencer lived in this process and ended: never a second one, even if nothing was stored. */
  readonly #ended = new Set<LogletId>();
  #stopping = false;

  constructor(options: SequencersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#live.size;
  }

  append(logletId: LogletId, payloads: readonly Uint8Array[]): Promise<AppendOutcome> {
    const sequencer = this.#find(logletId);
    const refusal = 'code' in sequencer ? sequencer : tooLarge(payloads);
    if (refusal) return Promise.resolve({ outcome: 'rejected', refusal });
    return (sequencer as Sequencer).append(payloads);
  }

  acknowledgedTail(logletId: LogletId): Answer<{ readonly tail: Position }> {
    const sequencer = this.#find(logletId);
    if ('code' in sequencer) return { ok: false, refusal: sequencer };
    return { ok: true, value: { tail: sequencer.acknowledged() } };
  }

  /** The local copy takes no more entries, so nothing this sequencer sends can be held everywhere any more. */
  sealed(logletId: LogletId): void {
    const localTail = this.#options.view.loglet(logletId)?.localTail ?? 0n;
    this.#live.get(logletId)?.stop({ code: 'sealed', localTail }, 'the loglet was sealed');
    this.#live.delete(logletId);
    // The sealed copy itself refuses from now on.
    this.#ended.delete(logletId);
  }

  /** A copy provisioned again under the same id would look untouched: its sequencer stays ended. */
  dropped(logletId: LogletId): void {
    this.#live.get(logletId)?.stop(notProvisioned(logletId), 'the loglet was dropped');
    this.#end(logletId);
  }

  stopAll(refusal: Refusal, reason: string): void {
    for (const [logletId, sequencer] of this.#live) {
      sequencer.stop(refusal, reason);
      this.#end(logletId);
    }
  }

  async drain(): Promise<void> {
    this.#stopping = true;
    const gone = this.#gone();
    await Promise.all([...this.#live.values()].map((sequencer) => sequencer.drain(gone)));
  }

  #find(logletId: LogletId): Sequencer | Refusal {
    const { view } = this.#options;
    const barred = enterData(view);
    if (barred) return barred;
    if (this.#stopping || this.#ended.has(logletId)) return this.#gone();
    const live = this.#live.get(logletId);
    if (live === undefined) return this.#start(logletId);
    if (live.stopped === undefined) return live;
    this.#end(logletId);
    return live.stopped;
  }

  /**
   * Only on a copy that nobody wrote to: a sequencer that went on where another one was could assign a position
   * twice.
   */
  #start(logletId: LogletId): Sequencer | Refusal {
    const { view, self, incarnation } = this.#options;
    const held = view.loglet(logletId);
    const descriptor = view.descriptor(logletId);
    if (held === undefined || descriptor === undefined) return notProvisioned(logletId);
    if (held.sealed) return { code: 'sealed', localTail: held.localTail };
    const { sequencer } = descriptor;
    const mine = sequencer.serverId === self && sequencer.incarnation === incarnation;
    if (!mine || held.localTail !== held.start) return this.#gone();
    if (held.activatedAt === undefined) return { code: 'notActivated', logletId };
    const started = new Sequencer({ ...this.#options, descriptor });
    this.#live.set(logletId, started);
    return started;
  }

  #end(logletId: LogletId): void {
    this.#live.delete(logletId);
    this.#ended.add(logletId);
  }

  #gone(): Refusal {
    return { code: 'sequencerGone', incarnation: this.#options.incarnation };
  }
}

function tooLarge(payloads: readonly Uint8Array[]): Refusal | undefined {
  const largest = payloads.reduce((size, payload) => Math.max(size, payload.length), 0);
  if (largest > LIMITS.entryBytes)
    return { code: 'full', detail: `an entry of ${largest} bytes; the limit is ${LIMITS.entryBytes}` };
  if (payloads.length > LIMITS.batchEntries)
    return {
      code: 'full',
      detail: `${payloads.length} entries at once; the limit is ${LIMITS.batchEntries}`,
    };
  return undefined;
}
