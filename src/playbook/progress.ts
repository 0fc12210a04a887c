import type { Playbook } from '../codec/playbook.ts';
import type { AnswerValue, PlaybookEvent } from '../codec/playbookEvents.ts';

/**
 * How far a run of a playbook came: a fold over its events, so that a resume stands exactly where the journal ends.
 * Events are only ever added; an answer that was taken back is followed by an event that says so.
 */
export class Progress {
  readonly #order: readonly string[];
  #events: PlaybookEvent[] = [];

  constructor(playbook: Playbook, events: readonly PlaybookEvent[] = []) {
    this.#order = playbook.steps.map((step) => step.id);
    for (const event of events) this.add(event);
  }

  add(event: PlaybookEvent): void {
    if (event.type === 'back') {
      const from = this.#order.indexOf(event.to);
      this.#events = this.#events.filter(
        (one) => one.type !== 'back' && this.#order.indexOf(one.step) < from,
      );
    } else {
      this.#events.push(event);
    }
  }

  /** All that counts, oldest first. */
  get events(): readonly PlaybookEvent[] {
    return this.#events;
  }

  isFinished(step: string): boolean {
    return this.#events.some((event) => event.type === 'finished' && event.step === step);
  }

  /** What the decision that ended the playbook says; `undefined` while none did. */
  get stopped(): string | undefined {
    const found = this.#events.find((event) => event.type === 'stopped');
    return found?.type === 'stopped' ? found.because : undefined;
  }

  /** Answers to the steps' own questions. */
  get answers(): Map<string, AnswerValue> {
    return new Map(this.#answersTo('').map(({ step, value }) => [step, value]));
  }

  /** The last answer to a question that was asked about one thing. */
  answered(step: string, item: string, question: string): AnswerValue | undefined {
    return this.#answersTo(question).findLast((one) => one.step === step && (one.item ?? '') === item)?.value;
  }

  /** Flags accepted for one thing that a step is done for, with their values. */
  consents(step: string, item: string): string[] {
    return this.#events.flatMap((event) =>
      event.type === 'answer' &&
      event.step === step &&
      (event.item ?? '') === item &&
      event.question.startsWith('--')
        ? [event.question]
        : [],
    );
  }

  items(step: string): readonly string[] | undefined {
    const found = this.#events.find((event) => event.type === 'items' && event.step === step);
    return found?.type === 'items' ? found.items : undefined;
  }

  planned(step: string, item: string): Extract<PlaybookEvent, { type: 'planned' }> | undefined {
    return this.#events.findLast(
      (event): event is Extract<PlaybookEvent, { type: 'planned' }> =>
        event.type === 'planned' && event.step === step && event.item === item,
    );
  }

  hasRun(step: string, item: string): boolean {
    return this.#events.some((event) => event.type === 'ran' && event.step === step && event.item === item);
  }

  /** The last question that can still be answered otherwise: nothing was applied since. */
  backFrom(step: string): string | undefined {
    const applied = this.#events.findLastIndex((event) => event.type === 'ran' && event.runId !== undefined);
    const place = this.#order.indexOf(step);
    const open = this.#events
      .slice(applied + 1)
      .filter((event) => event.type === 'answer' && event.question === '' && event.by === 'person');
    return open
      .map((event) => (event.type === 'answer' ? event.step : ''))
      .findLast((one) => this.#order.indexOf(one) < place);
  }

  #answersTo(question: string): Extract<PlaybookEvent, { type: 'answer' }>[] {
    return this.#events.filter(
      (event): event is Extract<PlaybookEvent, { type: 'answer' }> =>
        event.type === 'answer' && event.question === question,
    );
  }
}
